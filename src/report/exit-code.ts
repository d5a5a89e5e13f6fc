import { needsSomeone } from "./kinds.ts";
import type { Report } from "./report.ts";

/** 0 where a report needs no one, 1 where any of its findings does or any usage was rejected. */
export const exitCode = ({ findings, rejected }: Report): 0 | 1 =>
  findings.some(needsSomeone) || rejected.length > 0 ? 1 : 0;
