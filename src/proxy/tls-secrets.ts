/** What all threads of a process share about TLS and no config says. */
export interface TlsSecrets {
  /**
   * 48 random bytes from which each listener makes the keys of its session tickets: threads with the same ones take up each
   * other's sessions.
   */
  readonly ticketKeys: Uint8Array;
  /** OCSP responses to be stapled, DER, by the SHA-256 of their certificate in lower-case hex. */
  readonly staples: readonly TlsStaple[];
}

export interface TlsStaple {
  readonly fingerprint: string;
  readonly response: Uint8Array;
}
