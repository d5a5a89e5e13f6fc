import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import {
  credentials,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import engine from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages, { type LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import provider from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import monitor from "@pulumi/pulumi/proto/resource_grpc_pb.js";
import { getMonitor } from "@pulumi/pulumi/runtime/settings.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";

/** What a Pulumi engine offers to programs and plugins in other processes. */
export interface Engine {
  address: string;
  /** What they logged as errors. */
  errors: string[];
  stop(): void;
}

/** Serves whatever mock monitor `record` has set up, so that what another process registers is recorded too. */
export async function serveEngine(): Promise<Engine> {
  const errors: string[] = [];
  const server = new Server();
  server.addService(monitor.ResourceMonitorService, monitorService());
  server.addService(engine.EngineService, {
    log: (call: { request: LogRequest }, answer: Answer) => {
      if (call.request.getSeverity() === engineMessages.LogSeverity.ERROR) errors.push(call.request.getMessage());
      answer(null, new empty.Empty());
    },
    setRootResource: (_: unknown, answer: Answer) => answer(null, new engineMessages.SetRootResourceResponse()),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, errors, stop: () => server.forceShutdown() };
}

/** The project's name in `Pulumi.yaml`, which its configuration is kept under. */
export const PROJECT = "aws-marketplace-metering";

/** A component plugin in a process of its own. */
export interface Plugin {
  client: InstanceType<typeof provider.ResourceProviderClient>;
  stop(): void;
}

/** Starts a package as a plugin, the way Pulumi's Node.js language host does. */
export async function startPlugin(folder: string, engineAddress: string): Promise<Plugin> {
  const host = hostProcess("run-plugin", folder, [folder, engineAddress], "pipe");
  const [port] = await Promise.race([
    once(createInterface({ input: host.stdout as NonNullable<typeof host.stdout> }), "line"),
    once(host, "exit").then(([code]) => Promise.reject(new Error(`The plugin host ended with ${code}.`))),
  ]);
  const client = new provider.ResourceProviderClient(`127.0.0.1:${port}`, credentials.createInsecure());
  return {
    client,
    stop: () => {
      client.close();
      host.kill();
    },
  };
}

/** Runs a program in its folder with this configuration, the way Pulumi's Node.js language host does; answers with its exit code. */
export async function runProgram(
  folder: string,
  program: string,
  engineAddress: string,
  config: Record<string, string>,
): Promise<number> {
  const place = ["--monitor", engineAddress, "--engine", engineAddress, "--project", PROJECT, "--stack", "stack"];
  const host = hostProcess("run", folder, [...place, program], "ignore", {
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_NODEJS_TYPESCRIPT: "true",
  });
  const [code] = await once(host, "exit");
  return code as number;
}

/** Starts one of the hosts that the SDK brings. What goes wrong in it reaches the engine. */
function hostProcess(
  command: string,
  cwd: string,
  args: string[],
  stdout: "pipe" | "ignore",
  env: Record<string, string> = {},
): ChildProcess {
  const script = new URL(import.meta.resolve(`@pulumi/pulumi/cmd/${command}/index.js`)).pathname;
  return spawn(process.execPath, [script, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", stdout, "ignore"],
  });
}

/** Hands each request to the mock monitor of the moment, whose methods have the names of the service's. */
function monitorService(): UntypedServiceImplementation {
  const methods = [
    "supportsFeature",
    "getDeploymentInfo",
    "invoke",
    "registerResource",
    "registerResourceOutputs",
    "registerPackage",
  ];
  return Object.fromEntries(
    methods.map((method) => {
      const handler: handleUnaryCall<unknown, unknown> = (call, answer) => {
        const mock = getMonitor() as unknown as Record<string, (request: unknown, answer: Answer) => void>;
        mock[method]?.(call.request, (error, response) =>
          answer(error, method === "registerResourceOutputs" ? new empty.Empty() : response),
        );
      };
      return [method, handler];
    }),
  );
}

type Answer = sendUnaryData<unknown>;
