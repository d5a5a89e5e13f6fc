// Where Pulumi's plugin host looks for the sources of the components; programs import the compiled `components/index.ts`.
export * from "./components/index.ts";
