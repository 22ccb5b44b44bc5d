import type { OcspQuestion } from './certificate-facts.ts';

/** An authority's word on a certificate. */
export interface OcspAnswer {
  readonly status: 'good' | 'revoked' | 'unknown';
  /** DER, as it is sent to clients. */
  readonly response: Uint8Array;
  /** Milliseconds since 1970; undefined: it does not say. */
  readonly nextUpdate: number | undefined;
}

const answerMs = 10_000;

/** A response with its certificates is some kB; it goes into every handshake. */
const mostBytes = 65_536;

/**
 * Asks an authority for the state of a certificate. The library is loaded when somebody asks, since hardly anyone does.
 * @throws {Error} where there is no answer, or none that the authority has signed.
 */
export async function fetchOcsp({ url, certificate, issuer }: OcspQuestion): Promise<OcspAnswer> {
  const { getCertStatus } = await import('easy-ocsp');
  // With a nonce authorities cannot give an answer that they have ready, and the staple is for everyone anyway.
  const options = { ca: issuer, ocspUrl: url, rawResponse: true, enableNonce: false, timeout: answerMs };
  const { status, rawResponse, nextUpdate } = await getCertStatus(certificate, options);
  if (rawResponse === undefined || rawResponse.length > mostBytes)
    throw new Error(`the answer is missing, or larger than ${mostBytes} bytes`);
  return { status, response: new Uint8Array(rawResponse), nextUpdate: nextUpdate?.getTime() };
}
