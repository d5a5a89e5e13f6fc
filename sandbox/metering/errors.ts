// What the metering service refuses a whole request with, as AWS JSON 1.1 says it.

/** The exceptions that BatchMeterUsage declares. */
export type MeteringException =
  | "DisabledApiException"
  | "InternalServiceErrorException"
  | "InvalidCustomerIdentifierException"
  | "InvalidLicenseException"
  | "InvalidProductCodeException"
  | "InvalidTagException"
  | "InvalidUsageAllocationsException"
  | "InvalidUsageDimensionException"
  | "ThrottlingException"
  | "TimestampOutOfBoundsException";

/** The exceptions that any AWS service may answer with, whatever the API declares. */
export type CommonException =
  | "AccessDeniedException"
  | "ExpiredTokenException"
  | "InvalidSignatureException"
  | "MissingAuthenticationTokenException"
  | "SerializationException"
  | "UnknownOperationException"
  | "UnrecognizedClientException"
  | "ValidationException";

export type ExceptionName = MeteringException | CommonException;

/** A request-level refusal: every record of the request fails, and none is booked. */
export class ServiceError extends Error {
  override readonly name: ExceptionName;

  constructor(name: ExceptionName, message: string) {
    super(message);
    this.name = name;
  }

  /** HTTP status: 500 for the service's own failure, 400 for everything else, throttling included. */
  get status(): 400 | 500 {
    return this.name === "InternalServiceErrorException" ? 500 : 400;
  }

  /** The JSON body, with the namespaced `__type` the SDK finds the exception's class by. */
  get body(): { __type: string; message: string } {
    const namespace = common.has(this.name) ? "com.amazon.coral.service" : "com.amazonaws.marketplacemetering";
    return { __type: `${namespace}#${this.name}`, message: this.message };
  }
}

const common: ReadonlySet<ExceptionName> = new Set<CommonException>([
  "AccessDeniedException",
  "ExpiredTokenException",
  "InvalidSignatureException",
  "MissingAuthenticationTokenException",
  "SerializationException",
  "UnknownOperationException",
  "UnrecognizedClientException",
  "ValidationException",
]);
