import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

/** The subjects of the roots that Node knows. They are read when first asked for, which takes some ms. */
export class KnownRoots {
  #subjects: ReadonlySet<string> | undefined;

  /** By the name alone: whether the signature is right is the client's to say. */
  has(subject: string): boolean {
    this.#subjects ??= new Set(rootCertificates.map((pem) => new X509Certificate(pem).subject));
    return this.#subjects.has(subject);
  }
}
