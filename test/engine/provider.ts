import { isDeepStrictEqual } from "node:util";
import { Server, ServerCredentials, type sendUnaryData } from "@grpc/grpc-js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import service from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages, {
  type CheckRequest,
  type CreateRequest,
  type DiffRequest,
  type InvokeRequest,
  type UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { answersOf, lookUp, SUFFIX } from "../components/recording.ts";

/** An AWS provider that makes nothing: it keeps what exists by URN, names things as Pulumi would, and answers as AWS would. */
export interface StandIn {
  port: number;
  /** The resources that exist, by URN. */
  existing: Map<string, Record<string, unknown>>;
  stop(): void;
}

export async function serveProvider(): Promise<StandIn> {
  const existing: StandIn["existing"] = new Map();
  const server = new Server();
  server.addService(service.ResourceProviderService, {
    handshake: answer(() => new messages.ProviderHandshakeResponse()),
    attach: answer(() => new empty.Empty()),
    getPluginInfo: answer(() => new plugin.PluginInfo().setVersion("7.48.0")),
    checkConfig: answer(check),
    diffConfig: answer(() => new messages.DiffResponse().setChanges(messages.DiffResponse.DiffChanges.DIFF_NONE)),
    configure: answer(() => new messages.ConfigureResponse().setAcceptsecrets(false).setSupportspreview(true)),
    check: answer(check),
    diff: answer(diff),
    create: answer((request: CreateRequest) => {
      const inputs = request.getProperties()?.toJavaScript() ?? {};
      const state = request.getPreview() ? inputs : { ...made(request.getUrn(), inputs), ...inputs };
      if (!request.getPreview()) existing.set(request.getUrn(), inputs);
      return new messages.CreateResponse()
        .setId(request.getPreview() ? "" : `${nameOf(request.getUrn())}${SUFFIX}`)
        .setProperties(struct.Struct.fromJavaScript(state as Json));
    }),
    update: answer((request: UpdateRequest) => {
      const inputs = request.getNews()?.toJavaScript() ?? {};
      if (!request.getPreview()) existing.set(request.getUrn(), inputs);
      const state = { ...made(request.getUrn(), inputs), ...inputs };
      return new messages.UpdateResponse().setProperties(struct.Struct.fromJavaScript(state as Json));
    }),
    delete: answer((request: { getUrn(): string }) => {
      existing.delete(request.getUrn());
      return new empty.Empty();
    }),
    invoke: answer((request: InvokeRequest) =>
      new messages.InvokeResponse().setReturn(
        struct.Struct.fromJavaScript(lookUp(request.getTok(), REGION, PARTITION) as Json),
      ),
    ),
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, existing, stop: () => server.forceShutdown() };
}

const REGION = "us-east-1";
const PARTITION = "aws";

type Json = Record<string, never>;

/** Serves one method by a function of its request. */
const answer =
  <Request, Response>(method: (request: Request) => Response) =>
  (call: { request: Request }, reply: sendUnaryData<Response>) => {
    try {
      reply(null, method(call.request));
    } catch (error) {
      reply(error as Error);
    }
  };

const check = (request: CheckRequest) => new messages.CheckResponse().setInputs(request.getNews());

function diff(request: DiffRequest) {
  const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
  const same = isDeepStrictEqual(request.getOldInputs()?.toJavaScript(), request.getNews()?.toJavaScript());
  return new messages.DiffResponse().setChanges(same ? DIFF_NONE : DIFF_SOME);
}

/** A new resource's outputs. */
const made = (urn: string, inputs: object) =>
  answersOf(typeOf(urn), nameOf(urn), inputs as Record<string, string>, REGION, PARTITION);

const nameOf = (urn: string): string => urn.split("::").at(-1) as string;
const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) as string;
