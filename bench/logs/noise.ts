// One event of another service, in the order of fields in which CloudTrail writes them.
import { assumedRole, type CloudTrailRecord, isoSeconds } from "../../sandbox/cloudtrail/event.ts";
import { type Random, text } from "../../sandbox/metering/identifiers.ts";
import { type Draw, drawer, type Service, services } from "./services.ts";

/** Draws events of one account and Region. */
export function noiseOf(account: string, region: string, random: Random): (at: number) => CloudTrailRecord {
  const draw = drawer(account, region, random);
  const callers = callersOf(draw);
  return (at) => {
    const service = pick(random);
    const { identity, userAgent, sourceIPAddress } = callers(service, at);
    const denied = random() < 0.02;
    return {
      eventVersion: "1.11",
      userIdentity: identity,
      eventTime: isoSeconds(at),
      eventSource: `${service.source}.amazonaws.com`,
      eventName: service.name,
      awsRegion: region,
      sourceIPAddress,
      userAgent,
      ...(denied && {
        errorCode: "AccessDenied",
        errorMessage: `User: arn:aws:sts::${account}:assumed-role/${draw.name("task-", 40)}/${draw.name("session-", 400)} is not authorized to perform: ${service.source}:${service.name} because no identity-based policy allows the ${service.source}:${service.name} action`,
      }),
      requestParameters: service.request(draw),
      responseElements: (!denied && service.response?.(draw)) || null,
      requestID: draw.uuid(),
      eventID: draw.uuid(),
      readOnly: service.readOnly,
      ...(service.resources && { resources: service.resources(draw) }),
      eventType: "AwsApiCall",
      managementEvent: true,
      recipientAccountId: account,
      ...(service.by === "application" && {
        vpcEndpointId: `vpce-0${draw.name("1f2e3d4c5b6a798", 4)}`,
        vpcEndpointAccountId: account,
      }),
      eventCategory: "Management",
      ...(service.by !== "service" && {
        tlsDetails: {
          tlsVersion: "TLSv1.3",
          cipherSuite: "TLS_AES_128_GCM_SHA256",
          clientProvidedHostHeader: `${service.source}.${region}.amazonaws.com`,
        },
      }),
    };
  };
}

/** Sessions of roles last an hour, so their keys come again and again. */
function callersOf({ account, random, name, hex }: Draw) {
  const sessions = new Map<string, { accessKeyId: string; sessionName: string }>();
  const session = (role: string, at: number) => {
    const id = `${role} ${Math.floor(at / 3_600_000)}`;
    const known = sessions.get(id) ?? {
      accessKeyId: `ASIA${text(random, 16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")}`,
      sessionName: hex(32),
    };
    sessions.set(id, known);
    return { ...known, roleArn: `arn:aws:iam::${account}:role/${role}` };
  };
  const address = () => `10.0.${Math.floor(random() * 4)}.${Math.floor(random() * 64)}`;
  return ({ by, source }: Service, at: number) => {
    if (by === "service")
      return {
        identity: { type: "AWSService", invokedBy: "ecs-tasks.amazonaws.com" },
        sourceIPAddress: "ecs-tasks.amazonaws.com",
        userAgent: "ecs-tasks.amazonaws.com",
      };
    if (by === "application")
      return {
        identity: assumedRole(session(name("task-", 40), at), at),
        sourceIPAddress: address(),
        userAgent: `aws-sdk-js/3.1138.0 ua/2.1 os/linux#6.1.0 lang/js md/nodejs#24.1.0 api/${source}#3.1138.0 exec-env/AWS_ECS_FARGATE`,
      };
    if (by === "pipeline")
      return {
        identity: assumedRole(session("deployer", at), at),
        sourceIPAddress: "198.51.100.17",
        userAgent: "pulumi-aws/7.48.0 aws-sdk-go-v2/1.39.0 lang/go#1.25.1 md/GOOS#linux md/GOARCH#amd64",
      };
    return {
      identity: assumedRole(session(name("people/", 12), at), at),
      sourceIPAddress: `203.0.113.${Math.floor(random() * 200)}`,
      userAgent:
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    };
  };
}

const total = services.reduce((sum, { weight }) => sum + weight, 0);

function pick(random: Random): Service {
  let left = random() * total;
  for (const service of services) {
    if (left < service.weight) return service;
    left -= service.weight;
  }
  return services[0] as Service;
}
