/** The policy pack in a process of its own, started the way the Pulumi engine starts it, and asked over gRPC. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { credentials } from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/analyzer_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import type { Registration } from "./registrations.ts";

/** What the pack said about a resource or a stack. */
export interface Diagnostic {
  policy: string;
  level: "advisory" | "mandatory";
  urn: string;
  message: string;
}

/** A running pack. */
export interface PackServer {
  info(): Promise<messages.AnalyzerInfo.AsObject>;
  configure(config: Record<string, Record<string, unknown>>): Promise<void>;
  analyze(resource: Registration): Promise<Diagnostic[]>;
  analyzeStack(resources: readonly Registration[]): Promise<Diagnostic[]>;
  stop(): void;
}

/** Starts the pack in a folder. */
export async function startPack(folder: string): Promise<PackServer> {
  const script = new URL(import.meta.resolve("@pulumi/pulumi/cmd/run-policy-pack/index.js")).pathname;
  const child = spawn(process.execPath, [script, "127.0.0.1:0", "."], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const [port] = (await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`The pack ended with ${code}: ${errors}`))),
  ])) as [string];
  const client = new services.AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
  const call = <Request, Response>(
    method: (request: Request, done: (error: unknown, response: Response) => void) => unknown,
    request: Request,
  ) =>
    new Promise<Response>((resolve, reject) => {
      method.call(client, request, (error, response) => (error ? reject(error) : resolve(response)));
    });
  return {
    info: async () => {
      const info: messages.AnalyzerInfo = await call(client.getAnalyzerInfo, new empty.Empty());
      return info.toObject();
    },
    configure: async (config) => {
      const request = new messages.ConfigureAnalyzerRequest();
      for (const [policy, properties] of Object.entries(config)) {
        const entry = new messages.PolicyConfig();
        entry.setEnforcementlevel(messages.EnforcementLevel.MANDATORY);
        entry.setProperties(struct.Struct.fromJavaScript(properties as Record<string, never>));
        request.getPolicyconfigMap().set(policy, entry);
      }
      await call(client.configure, request);
    },
    analyze: async (resource) => {
      const request = new messages.AnalyzeRequest();
      identify(request, resource);
      request.setProperties(struct.Struct.fromJavaScript(resource.inputs));
      return diagnostics(await call(client.analyze, request));
    },
    analyzeStack: async (resources) => {
      const request = new messages.AnalyzeStackRequest();
      request.setResourcesList(resources.map(stackResource));
      return diagnostics(await call(client.analyzeStack, request));
    },
    stop: () => {
      client.close();
      child.kill();
    },
  };
}

function identify(request: messages.AnalyzeRequest | messages.AnalyzerResource, resource: Registration): void {
  request.setType(resource.type);
  request.setName(resource.name);
  request.setUrn(resource.urn);
  const options = new messages.AnalyzerResourceOptions();
  options.setParent(resource.parent);
  request.setOptions(options);
}

function stackResource(resource: Registration): messages.AnalyzerResource {
  const request = new messages.AnalyzerResource();
  identify(request, resource);
  request.setParent(resource.parent);
  request.setProperties(struct.Struct.fromJavaScript(resource.outputs));
  for (const [property, urns] of Object.entries(resource.propertyDependencies)) {
    const dependencies = new messages.AnalyzerPropertyDependencies();
    dependencies.setUrnsList(urns);
    request.getPropertydependenciesMap().set(property, dependencies);
  }
  return request;
}

function diagnostics(response: messages.AnalyzeResponse): Diagnostic[] {
  return response.getDiagnosticsList().map((diagnostic) => ({
    policy: diagnostic.getPolicyname(),
    level: diagnostic.getEnforcementlevel() === messages.EnforcementLevel.MANDATORY ? "mandatory" : "advisory",
    urn: diagnostic.getUrn(),
    // The SDK puts the policy's description before it, on a line of its own.
    message: diagnostic.getMessage().split("\n").at(-1) ?? "",
  }));
}
