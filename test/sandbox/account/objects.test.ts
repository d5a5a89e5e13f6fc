import { deepEqual } from "node:assert/strict";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { inAccount } from "./support.ts";

describe("the account's buckets", () => {
  for (const ContentType of ["application/json", "text/html; charset=utf-8", undefined]) {
    it(`take an object larger than the emulator's own 11 MB, as ${ContentType ?? "bytes"}`, () =>
      inAccount(
        async ({ clients: { s3 } }) => {
          const named = { Bucket: "reports", Key: "report" };
          await s3.send(new CreateBucketCommand({ Bucket: named.Bucket }));
          await s3.send(new PutObjectCommand({ ...named, ContentType, Body: Buffer.alloc(12_000_000, "x") }));
          const { Body } = await s3.send(new GetObjectCommand(named));
          deepEqual((await Body?.transformToByteArray())?.length, 12_000_000);
        },
        { tableStore: "memory" },
      ));
  }
});
