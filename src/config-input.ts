// Made by `node tools/config-types.ts` from the schema that checks configs; do not edit.
// oxlint-disable max-lines, typescript/no-redundant-type-constituents -- nobody reads it from end to end

/** What must be true of a request, all keys together. */
export type WhenInput = {
  /** The method of the request, or one of a list. */
  readonly method?: string | readonly string[] | undefined;
  /** Header fields by name, upper and lower case alike. One of several fields of a name is enough. */
  readonly header?: { readonly [name: string]: true | false | string | readonly string[] | TextMatchInput } | undefined;
  /** Parameters of the query by name, percent-encoding undone; one of several of a name is enough. */
  readonly query?: { readonly [name: string]: true | false | string | readonly string[] | TextMatchInput } | undefined;
  /** Cookies by name, upper and lower case told apart. */
  readonly cookie?: { readonly [name: string]: true | false | string | readonly string[] | TextMatchInput } | undefined;
  /** The address of the client is in one of these networks; behind trusted proxies the address that they name. */
  readonly address?:
    | string
    | {
        /** A file with one network or address a line, at most 4 MB; what follows a `#` is a comment. It is read at every load. */
        readonly file: string;
      }
    | readonly (
        | string
        | {
            /** A file with one network or address a line, at most 4 MB; what follows a `#` is a comment. It is read at every load. */
            readonly file: string;
          }
      )[]
    | undefined;
  /** How the client came to this proxy. */
  readonly scheme?: 'http' | 'https' | undefined;
  /** Facts of the TLS connection; none of them holds for plain HTTP. */
  readonly tls?:
    | {
        /** The version, or one of a list, in quotes. */
        readonly version?: string | readonly string[] | undefined;
        /** The name that the client asked for in the handshake (SNI), in lower case. */
        readonly serverName?: string | readonly string[] | TextMatchInput | undefined;
        /** The subject of a valid client certificate (RFC 4514); never holds for one that is not valid. */
        readonly clientSubject?: string | readonly string[] | TextMatchInput | undefined;
      }
    | undefined;
  /** The path, normalised, besides what the key `path` of the route asks for. */
  readonly path?: string | readonly string[] | TextMatchInput | undefined;
  /** One of these holds. */
  readonly any?: readonly WhenInput[] | undefined;
  /** Each of these holds. */
  readonly all?: readonly WhenInput[] | undefined;
  /** This does not hold. */
  readonly not?: WhenInput | undefined;
};

/** What a text must be, all keys together. */
export type TextMatchInput = {
  /** It is this text, or one of these. */
  readonly is?: string | readonly string[] | undefined;
  /** It begins with this text, or one of these. */
  readonly startsWith?: string | readonly string[] | undefined;
  /** It ends with this text, or one of these. */
  readonly endsWith?: string | readonly string[] | undefined;
  /** It has this text in it, or one of these. */
  readonly contains?: string | readonly string[] | undefined;
  /** It fits this regular expression (RE2), or one of these: somewhere, unless it begins with `^` and ends with `$`. */
  readonly regex?: string | readonly string[] | undefined;
};

/** A config, as it is written in a file or given by a program. The reference explains each key. */
export interface ConfigInput {
  /** Where editors find the JSON Schema, for configs in JSON; not read. */
  readonly $schema?: string | undefined;
  /** Files that belong to this config, or folders, of which each `.yaml`, `.yml` and `.json` is one, by name. Listeners and pools are put together by their names, routes one after the other; all else stands in one file only. Paths in them start at the folder of this file. */
  readonly include?: readonly string[] | undefined;
  /** Where clients connect, by name. */
  readonly listeners: {
    readonly [name: string]: {
      /** Where it listens: `:8080` is IPv6 and IPv4 of every address, `0.0.0.0:8080` and `[::]:8080` one of both each, `127.0.0.1:8080`, `[::1]:8080` and `localhost:8080` are one address, `unix:/run/x.sock` is a socket file. Port 0 asks the system for a free one. */
      readonly address: string;
      /** Permissions of the socket file in octal digits (in quotes); only with a `unix:` address, where it is `"0660"` unless set. */
      readonly mode?: string | undefined;
      /** Waits on clients. None of them ends a transfer that makes progress. Whether there was any is looked at once in each `bodyIdle`, `write` or `tunnelIdle`: silence ends after one to two of them. */
      readonly timeouts?:
        | {
            /** From the first byte of a request head to its last, answered with 408 after that; also from the connection to its first byte, closed after that. Default: `30s`. */
            readonly head?: string | undefined;
            /** Longest silence within a request body. Default: `30s`. */
            readonly bodyIdle?: string | undefined;
            /** What a request body must bring on average over each `bodyIdle`; `0B/s`: no minimum. Default: `240B/s`. */
            readonly bodyMinRate?: string | undefined;
            /** How long a connection may wait for its next request. Default: `75s`. */
            readonly keepAlive?: string | undefined;
            /** Longest time in which a client takes nothing of its answer. Default: `30s`. */
            readonly write?: string | undefined;
            /** Longest silence of both sides of a WebSocket or other upgraded connection. Default: `1h`. */
            readonly tunnelIdle?: string | undefined;
          }
        | undefined;
      /** Limits of requests. A larger one is answered with 431, with 414 where the request line is too long, with 400 for chunk extensions. */
      readonly limits?:
        | {
            /** Start line and fields of a request together. Default: `32kB`. */
            readonly head?: string | undefined;
            /** Fields of a request. Default: `100`. */
            readonly fields?: number | undefined;
            /** One line: the start line or one field of a request. Default: `8kB`. */
            readonly line?: string | undefined;
            /** Chunk extensions in one body of a request. Default: `4kB`. */
            readonly chunkExtensions?: string | undefined;
            /** Fields after a chunked body of a request. Default: `8kB`. */
            readonly trailers?: string | undefined;
          }
        | undefined;
      /** How paths are normalised before routes are matched. Dot segments are always resolved. */
      readonly paths?:
        | {
            /** Several slashes in a row count as one. Default: `true`. */
            readonly mergeSlashes?: boolean | undefined;
          }
        | undefined;
      /** HTTP/2 from clients: over TLS from those that ask for it in the handshake (ALPN), over plain HTTP from those that begin with it (prior knowledge, h2c). `true`; `false`: HTTP/1 only; or a map of its bounds. Default: `true`. */
      readonly http2?:
        | boolean
        | {
            /** Requests that a connection may have open at once. Default: `128`. */
            readonly maxStreams?: number | undefined;
            /** Bytes of request bodies that a connection may have with us, all of its requests together, while servers take them slower than they come. Default: `1MiB`. */
            readonly connectionWindow?: string | undefined;
            /** A connection with open requests that is silent for so long is asked whether it is still there (PING); `0s`: never. Default: `60s`. */
            readonly pingAfter?: string | undefined;
            /** It is closed where no answer to that comes in so long. Default: `20s`. */
            readonly pingTimeout?: string | undefined;
          }
        | undefined;
      /** TLS on this listener: its certificates, and what clients may speak. Without it: plain HTTP. */
      readonly tls?:
        | {
            /** The certificate, or a list of them. A path is one PEM file with the certificate, its chain and its key. The name that a client asks for chooses among them; the first is for clients that ask for none. */
            readonly certificates:
              | readonly (
                  | string
                  | {
                      /** PEM file with the certificate, and the rest of the chain after it. */
                      readonly cert?: string | undefined;
                      /** PEM file with the private key; unless set, it is in `cert`. */
                      readonly key?: string | undefined;
                      /** PEM file with the rest of the chain, unless it is in `cert`. */
                      readonly chain?: string | undefined;
                      /** PFX (PKCS#12) file with all of it, in place of the others. */
                      readonly pfx?: string | undefined;
                      /** What the key or the PFX file is encrypted with; better not written here but put in by `${file:...}`. */
                      readonly passphrase?: string | undefined;
                    }
                )[]
              | string
              | {
                  /** PEM file with the certificate, and the rest of the chain after it. */
                  readonly cert?: string | undefined;
                  /** PEM file with the private key; unless set, it is in `cert`. */
                  readonly key?: string | undefined;
                  /** PEM file with the rest of the chain, unless it is in `cert`. */
                  readonly chain?: string | undefined;
                  /** PFX (PKCS#12) file with all of it, in place of the others. */
                  readonly pfx?: string | undefined;
                  /** What the key or the PFX file is encrypted with; better not written here but put in by `${file:...}`. */
                  readonly passphrase?: string | undefined;
                };
            /** Versions, ciphers and groups: `modern` is TLS 1.3 alone, `intermediate` also 1.2, `old` also 1.1 and 1.0 with ciphers that are weak by today (Mozilla’s guideline 5.7). Default: `intermediate`. */
            readonly preset?: 'modern' | 'intermediate' | 'old' | undefined;
            /** Oldest version of TLS, in place of that of the preset. */
            readonly minVersion?: string | undefined;
            /** Newest version of TLS, in place of that of the preset. */
            readonly maxVersion?: string | undefined;
            /** OpenSSL names of the ciphers, best first, in place of those of the preset. Every version that is allowed must have one: those of TLS 1.3 begin with `TLS_`. */
            readonly ciphers?: readonly string[] | undefined;
            /** Groups for the key exchange, best first, in place of those of the preset. */
            readonly groups?: readonly string[] | undefined;
            /** A client that asks for a name which no certificate is for: `default` gives it the first certificate, `refuse` ends the handshake with an alert. Default: `default`. */
            readonly unknownName?: 'default' | 'refuse' | undefined;
            /** Clients are asked for a certificate, and may come without: a route says with `clientCertificate` whether it needs one. */
            readonly clientCertificates?:
              | {
                  /** PEM file with the authorities that certificates of clients must come from. */
                  readonly ca: string;
                  /** Revocation lists. With any, there must be one of each authority between a client and its root, or its certificates are refused. */
                  readonly crls?: readonly string[] | undefined;
                }
              | undefined;
            /** From the connection to the end of the handshake. Default: `10s`. */
            readonly handshakeTimeout?: string | undefined;
            /** Asks the authorities for the state of the certificates (OCSP) and sends their answers along. Default: `false`. */
            readonly ocspStapling?: boolean | undefined;
          }
        | undefined;
    };
  };
  /** Which requests go where. The most specific route wins, whatever the order: an exact host before a wildcard before any host, then the longest path. Two routes with the same host and path are refused where a listener would have both; a route for all listeners overlaps with one for a named listener. What no route matches is answered with 404. */
  readonly routes: readonly {
    /** Name in logs; host and path, unless set. */
    readonly name?: string | undefined;
    /** The host, or a list of them: a name, `*.example.com` (exactly one more label), an IP address, `*` for any. No port: a route holds for every port of its listeners. Default: `*`. */
    readonly host?: string | readonly string[] | undefined;
    /** Where the path must begin: `/app/` is the folder and all below it, `/app` is that path and all below it by whole segments, `{ exact: /app }` is that path alone, `{ regex: ... }` all that fit a pattern. The longest match wins, whatever the order; patterns come after exact paths and before all others, in the order of the file. Default: `/`. */
    readonly path?:
      | string
      | {
          /** This path only. */
          readonly exact?: string | undefined;
          /** Paths that fit this regular expression (RE2): somewhere, unless it begins with `^` and ends with `$`. */
          readonly regex?: string | undefined;
        }
      | undefined;
    /** Listeners through which it can be reached; all, unless set. A route for all and one for a named listener with the same host, path and priority are refused: name the listeners of both. */
    readonly listeners?: string | readonly string[] | undefined;
    /** Routes with a higher one are asked first, whatever host and path; only needed where the most specific route is not the right one. Default: `0`. */
    readonly priority?: number | undefined;
    /** Whose requests come first where not all can be served at once: in queues of pools, and when requests are shed. It has nothing to do with `priority`. Default: `normal`. */
    readonly importance?: 'high' | 'normal' | 'low' | undefined;
    /** Upper and lower case (A to Z) count as one in the path, and in patterns for it. The server gets the path as the client wrote it. Default: `false`. */
    readonly ignoreCase?: boolean | undefined;
    /** What else must be true of a request. Where it does not hold, the next best route is asked: routes with the same host and path may differ in it. */
    readonly when?: WhenInput | undefined;
    /** Where it leads, unless a feature of `middleware` answers: the name of a pool, or the URL of one server. To a pool the path stays as it is. With a URL the matched prefix is replaced by the path of the URL (none counts as `/`); an exact path stays where the URL has none. Several pools may share the requests: a list of them with their weights, or a map with that list as `split` and how clients stay with their pool. */
    readonly to?:
      | string
      | readonly {
          /** Name of a pool. */
          readonly pool: string;
          /** Its share beside the others, such as percent; `0`: it gets no requests. */
          readonly weight: number;
        }[]
      | {
          /** Pools, each with its share of the requests. */
          readonly split: readonly {
            /** Name of a pool. */
            readonly pool: string;
            /** Its share beside the others, such as percent; `0`: it gets no requests. */
            readonly weight: number;
          }[];
          /** A client goes on with the pool that it has been with: by `cookie`, or a map with `cookie` (with options, as in a pool) or `hash` (the same key has the same pool). Unless set, each request goes by turns. */
          readonly sticky?:
            | 'cookie'
            | {
                /** By a cookie that is set here, signed and opaque; servers never see it. */
                readonly cookie: {
                  /** Its name; unless set, one made of the name of the pool (`srv_...`) or route (`pool_...`). */
                  readonly name?: string | undefined;
                  /** Paths for which clients send it. Default: `/`. */
                  readonly path?: string | undefined;
                  /** Clients send it to this host and all below it; unless set, to the host that they asked alone. */
                  readonly domain?: string | undefined;
                  /** Whether clients send it where another site led them here: `none` always (over https alone), `lax` with links, `strict` never. Default: `lax`. */
                  readonly sameSite?: 'lax' | 'strict' | 'none' | undefined;
                };
                /** A bond ends so long after it began, however much it is used; `0s`: never. Default: `0s`. */
                readonly maxAge?: string | undefined;
                /** A bond ends after so long without a request; `0s`: never. Unless set: never with `cookie`, else `10m`. */
                readonly maxIdle?: string | undefined;
              }
            | {
                /** What chooses: `client-address` (behind trusted proxies the one that they name), `uri` (path and query), `path`, or a map with `header`, `cookie` or `query`. A request without it goes by turns. */
                readonly hash:
                  | 'client-address'
                  | 'uri'
                  | 'path'
                  | {
                      /** The first field of this name. */
                      readonly header?: string | undefined;
                      /** The first cookie of this name, upper and lower case told apart. */
                      readonly cookie?: string | undefined;
                      /** The first parameter of this name in the query. */
                      readonly query?: string | undefined;
                    };
              }
            | undefined;
          /** While no server of a pool is usable, its share goes to the others; `false`: it is refused. Default: `true`. */
          readonly fallback?: boolean | undefined;
        }
      | undefined;
    /** The path goes to a URL as it is, with its prefix; `false` unless set. A pool always gets the whole path. */
    readonly keepPrefix?: boolean | undefined;
    /** What `Host` says to the server; as in `forwarding.hostHeader`, unless set. */
    readonly hostHeader?: string | undefined;
    /** Protocols to which a connection may be upgraded; `[]` for none. */
    readonly upgrade?: readonly string[] | undefined;
    /** Bounds of WebSockets and other upgraded connections. Unless set, the silence that the listener allows is the only one. */
    readonly tunnel?:
      | {
          /** Longest silence of both sides; as `timeouts.tunnelIdle` of the listener says, unless set. */
          readonly idle?: string | undefined;
          /** Closed so long after it was opened, whatever goes on in it; `0s`: never. Default: `0s`. */
          readonly maxLife?: string | undefined;
          /** Open at once, over all threads; one more gets a 503; `0`: no bound. Default: `0`. */
          readonly max?: number | undefined;
        }
      | undefined;
    /** What is done on the way, in this order, each item a map with the name of one feature. Features that judge come before those that say who somebody is, then what rewrites, what changes and what answers. */
    readonly middleware?:
      | readonly {
          /** Lets pages of other origins read answers (the CORS protocol). */
          readonly cors?:
            | {
                /** Origins whose pages may read answers: scheme, host and port as browsers write them; `https://*.example.org` is exactly one more label; `*` is every origin; `null` (sandboxes, files) only if listed. */
                readonly origins: readonly string[];
                /** Methods that pages may use. */
                readonly methods?: readonly string[] | undefined;
                /** Fields that pages may send; what they ask for, unless set. */
                readonly headers?: readonly string[] | undefined;
                /** Fields of answers that pages may read, besides the usual. */
                readonly exposeHeaders?: readonly string[] | undefined;
                /** Pages may send cookies and passwords with their requests; not with `*`. Default: `false`. */
                readonly credentials?: boolean | undefined;
                /** How long browsers may remember what a preflight said. Default: `10m`. */
                readonly maxAge?: string | undefined;
                /** Public pages may reach this site in a private network. Default: `false`. */
                readonly privateNetwork?: boolean | undefined;
                /** Requests of other origins are refused with 403; otherwise they only go unread. Default: `false`. */
                readonly rejectOthers?: boolean | undefined;
              }
            | undefined;
          /** Removes, sets and adds fields of requests and of answers. */
          readonly headers?:
            | {
                /** Fields that the server gets. */
                readonly request?:
                  | {
                      /** Fields to be removed; a `*` at the end stands for whatever follows. Done before the others. */
                      readonly remove?: readonly string[] | undefined;
                      /** Fields to be written in place of what is there. */
                      readonly set?: { readonly [name: string]: string } | undefined;
                      /** Fields to be written beside what is there. */
                      readonly add?: { readonly [name: string]: string } | undefined;
                    }
                  | undefined;
                /** Fields that the client gets. */
                readonly response?:
                  | {
                      /** Fields to be removed; a `*` at the end stands for whatever follows. Done before the others. */
                      readonly remove?: readonly string[] | undefined;
                      /** Fields to be written in place of what is there. */
                      readonly set?: { readonly [name: string]: string } | undefined;
                      /** Fields to be written beside what is there. */
                      readonly add?: { readonly [name: string]: string } | undefined;
                    }
                  | undefined;
              }
            | undefined;
          /** Sends clients to another URL. */
          readonly redirect?:
            | {
                /** Where clients are sent: a URL, or a path of the same host. Variables are filled in, `{1}` and so on are groups of `match`. The host of a URL is fixed, or `{host}`. */
                readonly to: string;
                /** Status: `308` and `301` are for ever (browsers remember them), `307`, `302` and `303` for now. `307` and `308` keep method and body. Default: `308`. */
                readonly status?: 301 | 302 | 303 | 307 | 308 | undefined;
                /** A regular expression (RE2) for the path as the client sent it; requests that it does not match go on. Every request, unless set. */
                readonly match?: string | undefined;
              }
            | undefined;
          /** Answers every request of the route: with a fixed answer, or with the files of a folder. */
          readonly respond?:
            | {
                /** Status; `200`, unless set. With `folder` it is that of `index` and `fallback`, which stand for something else; files that were asked for by their name have 200. */
                readonly status?: number | undefined;
                /** What is sent: a text, or anything else as JSON. There are no variables in it: what a client sends would have to be escaped in another way in each format. */
                readonly body?: unknown | undefined;
                /** `Content-Type` of the body; `text/plain; charset=utf-8` or `application/json`, unless set. */
                readonly contentType?: string | undefined;
                /** Other fields of the answer. */
                readonly headers?: { readonly [name: string]: string } | undefined;
                /** A folder whose files are sent, in place of `body`; a relative path starts at the folder of the config. The prefix of the route is taken off, unless `keepPrefix` is set. Links may not lead out, names that begin with a dot are not there (but for `.well-known`), and nothing is listed. */
                readonly folder?: string | undefined;
                /** The file that stands for a folder; `index.html`, unless set. */
                readonly index?: string | undefined;
                /** The file of the folder that is sent in place of one that is not there; 404, unless set. */
                readonly fallback?: string | undefined;
                /** `Cache-Control` of the answer. */
                readonly cacheControl?: string | undefined;
                /** `Retry-After` of the answer; `1m` where the status is 503, unless set. */
                readonly retryAfter?: string | undefined;
              }
            | undefined;
          /** Changes path and query on their way to the server, in the order of these keys, after the prefix of the route was replaced. */
          readonly rewrite?:
            | {
                /** Segments that are taken from the beginning of the path. */
                readonly stripPrefix?: string | undefined;
                /** Segments that are put in front of the path. */
                readonly addPrefix?: string | undefined;
                /** Other segments for those at the beginning of the path. */
                readonly replacePrefix?:
                  | {
                      /** Segments at the beginning of the path. */
                      readonly from: string;
                      /** What takes their place. */
                      readonly to: string;
                    }
                  | undefined;
                /** Replaces what a pattern finds in the path. */
                readonly regex?:
                  | {
                      /** A regular expression (RE2) for the path; unanchored, so begin with `^` for its start. */
                      readonly match: string;
                      /** What takes the place of what matched; `{1}` and so on are groups. After a `?` stands a query that comes in front of the one that is there. */
                      readonly to: string;
                      /** Replaces every match, not only the first. Default: `false`. */
                      readonly all?: boolean | undefined;
                    }
                  | undefined;
                /** The whole path; `{path}` is the one that it has by then. After a `?` stands a query that comes in front of the one that is there. */
                readonly path?: string | undefined;
                /** Edits of the query, in this order. */
                readonly query?:
                  | {
                      /** The only parameters that stay. */
                      readonly keep?: readonly string[] | undefined;
                      /** Parameters to be removed. */
                      readonly remove?: readonly string[] | undefined;
                      /** Parameters to be written in place of those of their name; values are encoded. */
                      readonly set?: { readonly [name: string]: string } | undefined;
                      /** Parameters to be written behind the others. */
                      readonly add?: { readonly [name: string]: string } | undefined;
                    }
                  | undefined;
              }
            | undefined;
          /** Tells browsers what the pages may do, and nobody what runs behind; `true` is the preset `basic`. */
          readonly 'security-headers'?:
            | true
            | {
                /** `basic` is what hardly any application minds; `strict` also forbids frames, foreign content and device access, which breaks many: try it first. Default: `basic`. */
                readonly preset?: 'basic' | 'strict' | undefined;
                /** `X-Frame-Options`: who may show the pages in a frame. As in the preset, unless set. */
                readonly frame?: 'deny' | 'sameorigin' | 'off' | undefined;
                /** `X-Content-Type-Options: nosniff`. Default: `true`. */
                readonly contentTypeOptions?: boolean | undefined;
                /** `Referrer-Policy`; `false` for none. As in the preset, unless set. */
                readonly referrerPolicy?: false | string | undefined;
                /** `Permissions-Policy`; `false` for none. As in the preset, unless set. */
                readonly permissionsPolicy?: false | string | undefined;
                /** `Content-Security-Policy`; `false` for none. As in the preset, unless set. */
                readonly contentSecurityPolicy?: false | string | undefined;
                /** How pages of other origins may deal with these. What is not set is as in the preset. */
                readonly crossOrigin?:
                  | {
                      /** `Cross-Origin-Opener-Policy`. */
                      readonly opener?:
                        | 'same-origin'
                        | 'same-origin-allow-popups'
                        | 'noopener-allow-popups'
                        | 'unsafe-none'
                        | undefined;
                      /** `Cross-Origin-Embedder-Policy`. */
                      readonly embedder?: 'require-corp' | 'credentialless' | 'unsafe-none' | undefined;
                      /** `Cross-Origin-Resource-Policy`. */
                      readonly resource?: 'same-origin' | 'same-site' | 'cross-origin' | undefined;
                    }
                  | undefined;
                /** Replaces what the server says; otherwise only what it does not say is added. Default: `false`. */
                readonly override?: boolean | undefined;
                /** Removes `Server`, `X-Powered-By` and the like. Default: `true`. */
                readonly hideServer?: boolean | undefined;
              }
            | undefined;
          /** Asks for a name and a password (RFC 7617) and tells the server the name. */
          readonly 'basic-auth'?:
            | {
                /** What browsers show when they ask for the password. Default: `Restricted`. */
                readonly realm?: string | undefined;
                /** Users and the hashes of their passwords. Best with `${file:...}`, so that the config can be shown. */
                readonly users?: { readonly [name: string]: string } | undefined;
                /** A file made by `htpasswd`: bcrypt, or the weak apr1 and SHA-1, of which a warning is given. Plain text and crypt(3) are refused. */
                readonly htpasswd?: string | undefined;
                /** The field that tells the server who it is; what clients send in it is removed. Default: `X-Authenticated-User`. */
                readonly header?: string | undefined;
                /** The server gets the name and the password too. Default: `false`. */
                readonly forwardAuthorization?: boolean | undefined;
                /** How long a right password is not verified again; a wrong one is remembered for at most 10s; `0s`: no memory. Default: `5m`. */
                readonly cache?: string | undefined;
              }
            | undefined;
          /** Refuses larger request bodies with 413: at once where the request says its size, otherwise as soon as more has come. */
          readonly 'body-limit'?:
            | {
                /** The most bytes that a request body may have; `0B`: none. */
                readonly max: string;
                /** Paths with a limit of their own; the longest that holds counts. */
                readonly exceptions?:
                  | readonly {
                      /** Where this holds, as clients ask for it. */
                      readonly path:
                        | string
                        | {
                            /** This path only. */
                            readonly exact: string;
                          };
                      /** The most bytes there. */
                      readonly max: string;
                    }[]
                  | undefined;
              }
            | undefined;
          /** Spares small servers the slowness of clients: requests are taken whole first, and answers as fast as the server sends them. Event streams and tunnels go straight through. */
          readonly buffer?:
            | {
                /** Requests are taken whole before a server is asked; `false`: they are not. */
                readonly request?:
                  | false
                  | {
                      /** Held in memory; what is more goes to a temporary file. Default: `64kB`. */
                      readonly memory?: string | undefined;
                      /** Held on disk; a larger request is refused with 413. Default: `100MB`. */
                      readonly disk?: string | undefined;
                    }
                  | undefined;
                /** Of answers what the client does not take in time is held for it, so that the server is free; `false`: it is not. */
                readonly response?:
                  | false
                  | {
                      /** Held in memory; what is more goes to a temporary file. Default: `64kB`. */
                      readonly memory?: string | undefined;
                      /** Held on disk; with more the server has to wait. Default: `100MB`. */
                      readonly disk?: string | undefined;
                    }
                  | undefined;
                /** Disk that all exchanges of the process together may have taken for this route to take more. Default: `1GB`. */
                readonly total?: string | undefined;
                /** Folder of the temporary files, which have no name there and are gone after a crash. Default: `/var/tmp`. */
                readonly path?: string | undefined;
              }
            | undefined;
          /** Own pages for errors. Nothing of what a replaced answer said of the server leaves. */
          readonly 'error-pages'?:
            | {
                /** Pages by status (`"404"`) or class (`5xx`); a status comes before its class. In them `{status}`, `{reason}`, `{id}`, `{code}` and `{host}` are filled in. Browsers get the HTML; clients that do not ask for it get `json`, or `{error, id}` without one. */
                readonly pages: {
                  readonly [name: string]:
                    | string
                    | {
                        /** A file with HTML of at most 256 kB, read when the config is loaded. */
                        readonly file?: string | undefined;
                        /** The object for clients that do not ask for HTML. */
                        readonly json?: { readonly [name: string]: unknown } | undefined;
                        /** The status that is sent instead. */
                        readonly status?: number | undefined;
                      };
                };
                /** Answers of servers with such a status are replaced too, not only those of the proxy. Default: `false`. */
                readonly servers?: boolean | undefined;
              }
            | undefined;
          /** Lets clients in by their address, after trusted proxies were believed. Where an address is in networks of both lists, the longest one counts; where they are equally long, it is refused. */
          readonly 'ip-filter'?:
            | {
                /** Who may pass; with it, all others are refused. `unix` stands for clients of unix sockets, which have no address. */
                readonly allow?:
                  | readonly (
                      | string
                      | {
                          /** A file with one network or address a line; what follows a `#` is a comment. */
                          readonly file: string;
                        }
                    )[]
                  | undefined;
                /** Who is refused; without `allow`, all others pass. */
                readonly deny?:
                  | readonly (
                      | string
                      | {
                          /** A file with one network or address a line; what follows a `#` is a comment. */
                          readonly file: string;
                        }
                    )[]
                  | undefined;
              }
            | undefined;
          /** Middleware of your own: a program that each data thread imports. It may stand anywhere in the list. It runs with all rights of the process. */
          readonly module?:
            | string
            | {
                /** An ES module: `.ts`, `.mts`, `.js` or `.mjs`. */
                readonly file: string;
                /** The export that is the middleware, or what `defineMiddleware` gave. */
                readonly export?: string | undefined;
                /** Anything, for `create(options)` of the module. */
                readonly options?: { readonly [name: string]: unknown } | undefined;
                /** The most time that it may take until it calls `next()` or answers, and again from the answer until it returns. */
                readonly timeout?: string | undefined;
                /** The longest silence of a body that it sends. */
                readonly bodyTimeout?: string | undefined;
              }
            | undefined;
        }[]
      | undefined;
    /** Waits on servers for this route, in place of those of its pool. */
    readonly timeouts?:
      | {
          /** As in the pool. */
          readonly connect?: string | undefined;
          /** As in the pool. */
          readonly firstByte?: string | undefined;
          /** As in the pool; here for gRPC calls as well. */
          readonly idle?: string | undefined;
        }
      | undefined;
    /** When a request of this route is tried again; what is not said here is as in its pool. */
    readonly retries?:
      | {
          /** How often a request is tried again. Servers that cannot be connected to are passed over without being counted. */
          readonly attempts?: number | undefined;
          /** After what: `conn-failure` (no connection to the server; nothing was sent), `empty-response` (closed or reset without a byte of an answer), `junk-response` (what came is no answer), `response-timeout` (the head of the answer did not come in time), statuses such as `503`, `5xx` for all from 500 on. `[]`: after nothing. */
          readonly on?:
            | readonly ('conn-failure' | 'empty-response' | 'junk-response' | 'response-timeout' | '5xx' | number)[]
            | undefined;
          /** Also requests that may do twice what they are to do once (POST, PATCH and methods that nobody knows). */
          readonly nonIdempotent?: boolean | undefined;
          /** Wait for the head of an answer before another server is asked, where the request may be tried again. The last attempt waits for what is left of `firstByte`, which is for all attempts together. Needs `response-timeout` in `on`. */
          readonly perTryTimeout?: string | undefined;
          /** So much of the body of a request is kept while it is sent, so that it can be sent again; longer ones are not tried again once they have begun to leave. */
          readonly bodyLimit?: string | undefined;
          /** Pauses before a server is asked that has failed this request already; another one is asked at once. */
          readonly backoff?:
            | {
                /** Pauses are drawn from 0 to this, then to 3, 7, 15 times this. Default: `25ms`. */
                readonly base?: string | undefined;
                /** Longest pause. Default: `250ms`. */
                readonly max?: string | undefined;
              }
            | undefined;
          /** The server that failed is asked again, after a pause, and another one only with the last attempt. */
          readonly sameServer?: boolean | undefined;
        }
      | undefined;
    /** Which protocol the server of a URL in `to` is spoken to by: `http1`, `http2` or `auto`, or a map that says more; with the name of a pool, write it in the pool. Unless set: `http2` for `h2c://`, else `auto`. */
    readonly protocol?:
      | 'http1'
      | 'http2'
      | 'auto'
      | {
          /** `http1`: never HTTP/2. `http2`: nothing else, with prior knowledge (h2c) where the URL is `http://`. `auto`: what an `https://` server chooses in the handshake (ALPN), and HTTP/1 for all others. Unless set: `http2` for `h2c://` URLs, else `auto`. */
          readonly version?: 'http1' | 'http2' | 'auto' | undefined;
          /** Requests that a connection carries at once; the server may say fewer. Default: `100`. */
          readonly maxStreams?: number | undefined;
          /** Bytes of answers that a connection may have with us, all of its requests together, while clients take them slower than they come. Default: `1MiB`. */
          readonly connectionWindow?: string | undefined;
          /** A connection that is silent for so long is asked whether it is still there (PING); `0s`: never. Default: `30s`. */
          readonly pingAfter?: string | undefined;
          /** It is closed, with all that it carries, where no answer to that comes in so long. Default: `10s`. */
          readonly pingTimeout?: string | undefined;
        }
      | undefined;
    /** How the server of a URL with `https://` in `to` is spoken to; with the name of a pool, write it in the pool. */
    readonly tls?:
      | {
          /** Certificates of servers must be valid, from a known authority, and for the name of the server. `false`: whoever answers is believed, unless `pins` say which key it must have. Default: `true`. */
          readonly verify?: boolean | undefined;
          /** PEM file, or a list of them, with the authorities that certificates of servers may come from, or with such a certificate itself where it is self-signed. It takes the place of the authorities of the system, which count unless it is set. */
          readonly ca?: string | readonly string[] | undefined;
          /** Name that is asked for (SNI) and that the certificate must be for; the host of the URL of the server, unless set. */
          readonly serverName?: string | undefined;
          /** What is shown to servers that ask for a certificate: one PEM file with certificate, chain and key, or the files by name. */
          readonly certificate?:
            | string
            | {
                /** PEM file with the certificate, and the rest of the chain after it. */
                readonly cert?: string | undefined;
                /** PEM file with the private key; unless set, it is in `cert`. */
                readonly key?: string | undefined;
                /** PEM file with the rest of the chain, unless it is in `cert`. */
                readonly chain?: string | undefined;
                /** PFX (PKCS#12) file with all of it, in place of the others. */
                readonly pfx?: string | undefined;
                /** What the key or the PFX file is encrypted with; better not written here but put in by `${file:...}`. */
                readonly passphrase?: string | undefined;
              }
            | undefined;
          /** Public keys of which the server must have one, besides all else that is checked. Write that of the next certificate too before it is used. */
          readonly pins?: readonly string[] | undefined;
          /** Oldest version of TLS that is spoken to servers. Default: `1.2`. */
          readonly minVersion?: string | undefined;
        }
      | undefined;
    /** Turns what a server says about itself (redirects, links, cookies) into what clients may see; on unless set. `false` for none, a map chooses. */
    readonly translate?:
      | false
      | true
      | {
          /** In `Location`, `Content-Location`, `Refresh` and `Link` the addresses of the server become public ones, and its paths those of the route; in `Destination` (WebDAV) the other way round. Default: `true`. */
          readonly locations?: boolean | undefined;
          /** `Path` of cookies follows the route, a `Domain` that is the name of the server goes away, and over https `Secure` is added. Default: `true`. */
          readonly cookies?: boolean | undefined;
          /** What the server calls itself, beside the host of its URL and what `Host` says to it: with a port that one only, else with any. */
          readonly names?: readonly string[] | undefined;
          /** Takes NTLM out of `WWW-Authenticate`, so that browsers use what else is offered. Default: `false`. */
          readonly blockNtlm?: boolean | undefined;
          /** The same for Negotiate (Kerberos). Default: `false`. */
          readonly blockNegotiate?: boolean | undefined;
        }
      | undefined;
    /** Plain HTTP beside https: `allow` serves both alike, `only` refuses plain HTTP with 403, `redirect` sends it to https with 308. Paths below `/.well-known/acme-challenge/` are never refused or redirected. Default: `allow`. */
    readonly https?: 'allow' | 'only' | 'redirect' | undefined;
    /** Tells browsers, in answers over https, to come by https only (`Strict-Transport-Security`). `true` for a year; hard to take back, so begin with a short `maxAge`. */
    readonly hsts?:
      | false
      | true
      | {
          /** How long browsers remember it. Default: `365d`. */
          readonly maxAge?: string | undefined;
          /** Holds for all hosts below this one. Default: `false`. */
          readonly includeSubdomains?: boolean | undefined;
          /** Asks for a place in the lists that browsers are delivered with. Default: `false`. */
          readonly preload?: boolean | undefined;
        }
      | undefined;
    /** Certificates of clients, which the listener must ask for (`tls.clientCertificates`): `require` refuses whoever has no valid one with 403, `optional` tells the server of one. Both tell it in `Client-Cert` (RFC 9440) and `X-Client-Cert-*`, which clients cannot write. Default: `ignore`. */
    readonly clientCertificate?: 'ignore' | 'optional' | 'require' | undefined;
  }[];
  /** Groups of servers that do the same work, by name. */
  readonly pools?:
    | {
        readonly [name: string]: {
          /** How a server is chosen: `round-robin` takes them in turn, by weight; `least-connections` the one with the fewest requests for its weight; `random` the less busy of two that are drawn; `least-time` the one that is likely to answer first; `first` the first that is not full; `adaptive` takes them in turn by what servers report of their load; `hash` the same for the same key. `random` and `hash` may be maps with their options. Default: `round-robin`. */
          readonly balance?:
            | 'round-robin'
            | 'least-connections'
            | 'random'
            | 'least-time'
            | 'first'
            | 'adaptive'
            | {
                /** Some are drawn by weight, and the least busy of them is taken. */
                readonly random?:
                  | {
                      /** How many are drawn, of which the least busy is taken. Default: `2`. */
                      readonly choices?: number | undefined;
                    }
                  | undefined;
                /** The same key always gets the same server, while that is usable; a server that leaves or comes moves few others. */
                readonly hash?:
                  | {
                      /** What chooses: `client-address` (behind trusted proxies the one that they name), `uri` (path and query), `path`, or a map with `header`, `cookie` or `query`. A request without it goes by turns. */
                      readonly of:
                        | 'client-address'
                        | 'uri'
                        | 'path'
                        | {
                            /** The first field of this name. */
                            readonly header?: string | undefined;
                            /** The first cookie of this name, upper and lower case told apart. */
                            readonly cookie?: string | undefined;
                            /** The first parameter of this name in the query. */
                            readonly query?: string | undefined;
                          };
                      /** No server has more than this times its share of the requests that all have at the moment; what is more goes to the next on the ring; `0`: no bound. Default: `0`. */
                      readonly loadFactor?: number | undefined;
                    }
                  | undefined;
              }
            | undefined;
          /** The servers. */
          readonly servers: readonly (
            | string
            | {
                /** URL of a server: `http://host:port`, `https://host:port` (spoken to by TLS, as `tls` says), `h2c://host:port` (`http://` with HTTP/2) or `unix:/path/of.sock`, without a path; or `srv+http://name` (`srv+https://`): the servers that the SRV records of the name say, with their ports, weights and priorities. */
                readonly url: string;
                /** Its share beside the others; `0`: it gets no new requests. Default: `1`. */
                readonly weight?: number | undefined;
                /** It is only used while too few other servers are usable, as `activateBelow` says. Default: `false`. */
                readonly backup?: boolean | undefined;
                /** Group of servers that are used together, `0` first; `backup: true` is the same as `1`. */
                readonly group?: number | undefined;
                /** Requests that it has at once, over all threads; further ones go to other servers, or wait in the queue of the pool; `0`: no bound. */
                readonly maxRequests?: number | undefined;
                /** Connections to it that are open, idle ones too, over all threads; `0`: no bound. */
                readonly maxConnections?: number | undefined;
                /** `all`: each address of the host is a server of its own, and the addresses are looked up again when DNS says that they have run out. Unless set, the host is one server, whatever addresses it has. */
                readonly resolve?: 'all' | undefined;
              }
          )[];
          /** Where fewer servers than this are usable, those of the next `group` (and backup servers) are used with them. Default: `1`. */
          readonly activateBelow?: number | undefined;
          /** Percent: where a smaller share of the servers is up, the checks are not believed and all of them are used; `0`: never. Default: `0`. */
          readonly panicBelow?: number | undefined;
          /** Requests that all servers of the pool have at once, together; further ones wait in the queue; `0`: no bound. Default: `0`. */
          readonly maxRequests?: number | undefined;
          /** Bounds of each server that has none of its own. */
          readonly perServer?:
            | {
                /** Requests that it has at once, over all threads; further ones go to other servers, or wait in the queue of the pool; `0`: no bound. */
                readonly maxRequests?: number | undefined;
                /** Connections to it that are open, idle ones too, over all threads; `0`: no bound. */
                readonly maxConnections?: number | undefined;
              }
            | undefined;
          /** Where requests wait while all servers are full. The order is that of their coming, by the `importance` of their routes. */
          readonly queue?:
            | {
                /** Requests that wait at once, over all threads. One more gets a 503, or takes the place of one that is less important; `0`: none waits. Default: `1024`. */
                readonly max?: number | undefined;
                /** How long a request waits at most; then it gets a 503. Default: `5s`. */
                readonly timeout?: string | undefined;
              }
            | undefined;
          /** Waits on servers. None of them ends a transfer that makes progress. Whether there was any is looked at once in each `idle`: silence ends after one to two of them. */
          readonly timeouts?:
            | {
                /** Connecting to a server, over all of its addresses together. Default: `5s`. */
                readonly connect?: string | undefined;
                /** From the last byte of the request to the head of the answer. Default: `60s`. */
                readonly firstByte?: string | undefined;
                /** Longest silence within an answer, and longest time in which the server takes nothing of a request. Not for gRPC calls, whose streams may be silent: for those it is said in their route. Default: `60s`. */
                readonly idle?: string | undefined;
              }
            | undefined;
          /** Connections to servers that wait for the next request. */
          readonly idleConnections?:
            | {
                /** Connections kept open to each server; `0`: every request opens its own. Default: `256`. */
                readonly max?: number | undefined;
                /** Closed after so long without use; should be shorter than the keep-alive of the servers. Default: `50s`. */
                readonly idle?: string | undefined;
                /** Not used again after so long. Default: `1h`. */
                readonly maxAge?: string | undefined;
                /** Requests that one connection carries; `0`: no limit. Default: `0`. */
                readonly maxRequests?: number | undefined;
              }
            | undefined;
          /** Limits of answers; a larger one becomes a 502, or is cut off where it has begun. */
          readonly limits?:
            | {
                /** Start line and fields of an answer together. Default: `32kB`. */
                readonly head?: string | undefined;
                /** Fields of an answer. Default: `100`. */
                readonly fields?: number | undefined;
                /** One line: the start line or one field of an answer. Default: `8kB`. */
                readonly line?: string | undefined;
                /** Chunk extensions in one body of an answer. Default: `4kB`. */
                readonly chunkExtensions?: string | undefined;
                /** Fields after a chunked body of an answer. Default: `8kB`. */
                readonly trailers?: string | undefined;
              }
            | undefined;
          /** Accepts a bare LF as the end of a line, and empty lines before an answer, as some old servers send them. Default: `false`. */
          readonly lenient?: boolean | undefined;
          /** Local IP address of connections to these servers; the system chooses, unless set. */
          readonly sourceAddress?: string | undefined;
          /** Which protocol servers are spoken to by: `http1`, `http2` or `auto`, or a map that says more. Unless set: `http2` for `h2c://` URLs, else `auto`. */
          readonly protocol?:
            | 'http1'
            | 'http2'
            | 'auto'
            | {
                /** `http1`: never HTTP/2. `http2`: nothing else, with prior knowledge (h2c) where the URL is `http://`. `auto`: what an `https://` server chooses in the handshake (ALPN), and HTTP/1 for all others. Unless set: `http2` for `h2c://` URLs, else `auto`. */
                readonly version?: 'http1' | 'http2' | 'auto' | undefined;
                /** Requests that a connection carries at once; the server may say fewer. Default: `100`. */
                readonly maxStreams?: number | undefined;
                /** Bytes of answers that a connection may have with us, all of its requests together, while clients take them slower than they come. Default: `1MiB`. */
                readonly connectionWindow?: string | undefined;
                /** A connection that is silent for so long is asked whether it is still there (PING); `0s`: never. Default: `30s`. */
                readonly pingAfter?: string | undefined;
                /** It is closed, with all that it carries, where no answer to that comes in so long. Default: `10s`. */
                readonly pingTimeout?: string | undefined;
              }
            | undefined;
          /** How servers with `https://` are spoken to. */
          readonly tls?:
            | {
                /** Certificates of servers must be valid, from a known authority, and for the name of the server. `false`: whoever answers is believed, unless `pins` say which key it must have. Default: `true`. */
                readonly verify?: boolean | undefined;
                /** PEM file, or a list of them, with the authorities that certificates of servers may come from, or with such a certificate itself where it is self-signed. It takes the place of the authorities of the system, which count unless it is set. */
                readonly ca?: string | readonly string[] | undefined;
                /** Name that is asked for (SNI) and that the certificate must be for; the host of the URL of the server, unless set. */
                readonly serverName?: string | undefined;
                /** What is shown to servers that ask for a certificate: one PEM file with certificate, chain and key, or the files by name. */
                readonly certificate?:
                  | string
                  | {
                      /** PEM file with the certificate, and the rest of the chain after it. */
                      readonly cert?: string | undefined;
                      /** PEM file with the private key; unless set, it is in `cert`. */
                      readonly key?: string | undefined;
                      /** PEM file with the rest of the chain, unless it is in `cert`. */
                      readonly chain?: string | undefined;
                      /** PFX (PKCS#12) file with all of it, in place of the others. */
                      readonly pfx?: string | undefined;
                      /** What the key or the PFX file is encrypted with; better not written here but put in by `${file:...}`. */
                      readonly passphrase?: string | undefined;
                    }
                  | undefined;
                /** Public keys of which the server must have one, besides all else that is checked. Write that of the next certificate too before it is used. */
                readonly pins?: readonly string[] | undefined;
                /** Oldest version of TLS that is spoken to servers. Default: `1.2`. */
                readonly minVersion?: string | undefined;
              }
            | undefined;
          /** Whether each server works is asked again and again, and those that do not get no requests. Unless set, nobody asks. */
          readonly health?:
            | {
                /** `http` asks for a page (by TLS where the server is `https://`), `tcp` connects, `tls` shakes hands and looks at the certificate, `grpc` asks by the health protocol of gRPC (by TLS where the server is `https://`), `script` runs a program. `http` where there is a `path`. */
                readonly type?: 'http' | 'tcp' | 'tls' | 'grpc' | 'script' | undefined;
                /** Path of the page that is asked for, with its query; for `http`. */
                readonly path?: string | undefined;
                /** Method; `GET`, unless set. */
                readonly method?: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | undefined;
                /** Fields of the request; those that open something best as `${NAME}` or `${file:...}`. */
                readonly headers?: { readonly [name: string]: string } | undefined;
                /** `Host` of the request, for `grpc` `:authority`; that of the URL of the server, unless set. */
                readonly host?: string | undefined;
                /** For `grpc`: name of the service that is asked about; the server as a whole, unless set. */
                readonly service?: string | undefined;
                /** What a good answer is; a status from 200 to 399, unless set. */
                readonly expect?:
                  | {
                      /** Statuses of a good answer: one, or several and ranges of them. Default: `200-399`. */
                      readonly status?: string | number | undefined;
                      /** What the first 64 kB of the body must be: a text that is in it, or a map with `is`, `contains` or `regex`. */
                      readonly body?:
                        | string
                        | {
                            /** It is this text. */
                            readonly is?: string | undefined;
                            /** It has this text in it. */
                            readonly contains?: string | undefined;
                            /** It fits this regular expression (RE2): somewhere, unless it begins with `^` and ends with `$`. */
                            readonly regex?: string | undefined;
                          }
                        | undefined;
                      /** Fields of a good answer. */
                      readonly header?:
                        | {
                            readonly [name: string]:
                              | true
                              | string
                              | {
                                  /** It is this text. */
                                  readonly is?: string | undefined;
                                  /** It has this text in it. */
                                  readonly contains?: string | undefined;
                                  /** It fits this regular expression (RE2): somewhere, unless it begins with `^` and ends with `$`. */
                                  readonly regex?: string | undefined;
                                };
                          }
                        | undefined;
                    }
                  | undefined;
                /** For `script`: a program (relative paths start at the folder of the config file) and its arguments. There is no shell. It gets `POSTERN_POOL`, `POSTERN_SERVER`, `POSTERN_ADDRESS` and `POSTERN_PORT`, and says by ending with 0 that the server works. */
                readonly command?: readonly string[] | undefined;
                /** IP address that is asked in place of that of the server. */
                readonly address?: string | undefined;
                /** Port that is asked in place of that of the server. */
                readonly port?: number | undefined;
                /** From one check to the next. Default: `2s`. */
                readonly every?: string | undefined;
                /** The same while results change: before the first one, and until `rise` or `fall` is reached; as `every`, unless set. */
                readonly fastEvery?: string | undefined;
                /** The same while the server is down; as `every`, unless set. */
                readonly downEvery?: string | undefined;
                /** Longest time of a whole check; connecting also ends as `timeouts` of the pool say. The shorter of 2s and `every`, unless set. */
                readonly timeout?: string | undefined;
                /** Good checks in a row that bring a server up. Default: `2`. */
                readonly rise?: number | undefined;
                /** Bad checks in a row that take it down. Default: `3`. */
                readonly fall?: number | undefined;
                /** Until the first check: `unknown` is used at once, and the first check decides alone. `up` is used at once, and goes down after `fall` checks. `down` is not used before a check has passed. Default: `unknown`. */
                readonly init?: 'unknown' | 'up' | 'down' | undefined;
              }
            | undefined;
          /** A program on each server says, in the words of HAProxy's agent checks, how much it can take. Unless set, none is asked. */
          readonly agent?:
            | {
                /** IP address that is asked in place of that of the server. */
                readonly address?: string | undefined;
                /** Port of the agent. */
                readonly port: number;
                /** From one question to the next. Default: `2s`. */
                readonly every?: string | undefined;
                /** Longest wait for what it says; the shorter of 2s and `every`, unless set. */
                readonly timeout?: string | undefined;
                /** What the agent is sent first, with its line end. Default: ``. */
                readonly send?: string | undefined;
              }
            | undefined;
          /** Each server reports its load as a number: from `0` (idle) to `100` (busy), which lowers its weight; `101` and `102` say that it is down. Not with `agent`. Unless set, it is not asked for. */
          readonly load?:
            | {
                /** Path of the page with the number in its first line, or with the field `header`. */
                readonly path?: string | undefined;
                /** Field of the answer that has the number. Without `path`: of the answers to the checks of `health`. */
                readonly header?: string | undefined;
                /** IP address that is asked in place of that of the server. */
                readonly address?: string | undefined;
                /** Port that is asked in place of that of the server. */
                readonly port?: number | undefined;
                /** From one question to the next. Default: `7s`. */
                readonly every?: string | undefined;
                /** Longest wait for what it says; the shorter of 2s and `every`, unless set. */
                readonly timeout?: string | undefined;
              }
            | undefined;
          /** When a request is tried again, with another server or, after a pause, with the same. */
          readonly retries?:
            | {
                /** How often a request is tried again. Servers that cannot be connected to are passed over without being counted. Default: `3`. */
                readonly attempts?: number | undefined;
                /** After what: `conn-failure` (no connection to the server; nothing was sent), `empty-response` (closed or reset without a byte of an answer), `junk-response` (what came is no answer), `response-timeout` (the head of the answer did not come in time), statuses such as `503`, `5xx` for all from 500 on. `[]`: after nothing. */
                readonly on?:
                  | readonly (
                      | 'conn-failure'
                      | 'empty-response'
                      | 'junk-response'
                      | 'response-timeout'
                      | '5xx'
                      | number
                    )[]
                  | undefined;
                /** Also requests that may do twice what they are to do once (POST, PATCH and methods that nobody knows). Default: `false`. */
                readonly nonIdempotent?: boolean | undefined;
                /** Wait for the head of an answer before another server is asked, where the request may be tried again. The last attempt waits for what is left of `firstByte`, which is for all attempts together. Needs `response-timeout` in `on`. */
                readonly perTryTimeout?: string | undefined;
                /** So much of the body of a request is kept while it is sent, so that it can be sent again; longer ones are not tried again once they have begun to leave. Default: `64kB`. */
                readonly bodyLimit?: string | undefined;
                /** Pauses before a server is asked that has failed this request already; another one is asked at once. */
                readonly backoff?:
                  | {
                      /** Pauses are drawn from 0 to this, then to 3, 7, 15 times this. Default: `25ms`. */
                      readonly base?: string | undefined;
                      /** Longest pause. Default: `250ms`. */
                      readonly max?: string | undefined;
                    }
                  | undefined;
                /** How many requests that a server has had may be tried again at a time, over all threads, so that retries do not bring down what is left. */
                readonly budget?:
                  | {
                      /** Percent of the requests that the servers of the pool have. Default: `20`. */
                      readonly percent?: number | undefined;
                      /** So many always may. Default: `3`. */
                      readonly min?: number | undefined;
                      /** A request that has no place waits so long for one; `0s`: not at all. Default: `1s`. */
                      readonly wait?: string | undefined;
                    }
                  | undefined;
                /** The server that failed is asked again, after a pause, and another one only with the last attempt. Default: `false`. */
                readonly sameServer?: boolean | undefined;
              }
            | undefined;
          /** A server that stands out by failing is taken out for a while. Unless set, that happens after five requests in a row without an answer, for 10 s, then 20 s, and so on; `false`: never. */
          readonly outliers?:
            | false
            | {
                /** So many requests in a row that fail, or are answered with a 5xx other than 501 and 505; `0`: these do not count. Default: `5`. */
                readonly consecutiveFailures?: number | undefined;
                /** The same with 502, 503 and 504 alone of the statuses; `0`: it does not count. Default: `0`. */
                readonly consecutiveGatewayFailures?: number | undefined;
                /** The same with requests alone that get no answer: no connection, a time-out, a reset, something that is no HTTP; `0`: it does not count. Default: `5`. */
                readonly consecutiveUnanswered?: number | undefined;
                /** Rates are compared at this distance. Default: `10s`. */
                readonly interval?: string | undefined;
                /** A server is out for so long, times how often that has happened of late. Default: `30s`. */
                readonly baseEjection?: string | undefined;
                /** Longest time that a server is out. Default: `300s`. */
                readonly maxEjection?: string | undefined;
                /** Up to so much is added, so that not all come back at once. Default: `0s`. */
                readonly jitter?: string | undefined;
                /** Percent of the servers of the pool that are out at once at most; one always may be. Default: `10`. */
                readonly maxEjected?: number | undefined;
                /** Servers that succeed more seldom than the others are taken out; `false`: they are not. */
                readonly successRate?:
                  | false
                  | {
                      /** Nothing is compared with fewer servers that had enough requests. Default: `5`. */
                      readonly minServers?: number | undefined;
                      /** Requests of a server within the interval that are enough. Default: `100`. */
                      readonly minRequests?: number | undefined;
                      /** Out are servers whose rate of success is so many standard deviations below the mean of all. Default: `1.9`. */
                      readonly stdevFactor?: number | undefined;
                    }
                  | undefined;
                /** Servers with whom many requests fail are taken out. Unless set, it does not count. */
                readonly failurePercentage?:
                  | {
                      /** Out are servers with whom so many percent of the requests failed. Default: `85`. */
                      readonly threshold?: number | undefined;
                      /** Nothing is compared with fewer servers that had enough requests. Default: `5`. */
                      readonly minServers?: number | undefined;
                      /** Requests of a server within the interval that are enough. Default: `50`. */
                      readonly minRequests?: number | undefined;
                    }
                  | undefined;
                /** Servers that are much slower than the others are taken out. Unless set, it does not count. */
                readonly latency?:
                  | {
                      /** Out are servers whose mean time to the first byte is so many times the median of the others. Default: `3`. */
                      readonly factor?: number | undefined;
                      /** A shorter mean time is never too long. Default: `100ms`. */
                      readonly over?: string | undefined;
                      /** Nothing is compared with fewer servers that had enough requests. Default: `3`. */
                      readonly minServers?: number | undefined;
                      /** Requests of a server within the interval that are enough. Default: `50`. */
                      readonly minRequests?: number | undefined;
                    }
                  | undefined;
              }
            | undefined;
          /** A circuit breaker: while most requests fail, none are sent. Unless set, there is none. */
          readonly breaker?:
            | {
                /** `pool`: all requests for the pool are refused while it is open. `servers`: each server has one, and gets no requests while it is open. `both`: both. Default: `both`. */
                readonly of?: 'pool' | 'servers' | 'both' | undefined;
                /** It opens where so many of the requests fail. Default: `0.5`. */
                readonly failureRatio?: number | undefined;
                /** Fewer requests within the window say nothing. Default: `20`. */
                readonly minRequests?: number | undefined;
                /** The last requests are those of so long. Default: `10s`. */
                readonly window?: string | undefined;
                /** It stays open for so long. Default: `10s`. */
                readonly open?: string | undefined;
                /** So many requests then try out at once whether it may close; it does when so many have gone well, and opens again with the first that fails. Default: `1`. */
                readonly halfOpen?: number | undefined;
                /** Slow answers open it too. Unless set, they do not. */
                readonly slow?:
                  | {
                      /** An answer is slow whose first byte takes longer. */
                      readonly over: string;
                      /** It opens where so many of the answers are slow. Default: `0.5`. */
                      readonly ratio?: number | undefined;
                    }
                  | undefined;
              }
            | undefined;
          /** A client goes on with the server that it has been with, as long as that may have it: by `cookie`, by `client-address`, or a map that says more. Unless set, each request may go to any server. */
          readonly sticky?:
            | 'cookie'
            | 'client-address'
            | {
                /** By a cookie that is set here: signed, opaque, and never seen by a server. */
                readonly cookie?:
                  | {
                      /** Its name; unless set, one made of the name of the pool (`srv_...`) or route (`pool_...`). */
                      readonly name?: string | undefined;
                      /** Paths for which clients send it. Default: `/`. */
                      readonly path?: string | undefined;
                      /** Clients send it to this host and all below it; unless set, to the host that they asked alone. */
                      readonly domain?: string | undefined;
                      /** Whether clients send it where another site led them here: `none` always (over https alone), `lax` with links, `strict` never. Default: `lax`. */
                      readonly sameSite?: 'lax' | 'strict' | 'none' | undefined;
                    }
                  | undefined;
                /** By the servers' own cookie, which is learnt from their answers. */
                readonly learn?: string | undefined;
                /** By the first field of this name; a request without it goes to any server. */
                readonly header?: string | undefined;
                /** By the address of the client, behind trusted proxies the one that they name. */
                readonly clientAddress?:
                  | {
                      /** Bits of an IPv6 address that count. Default: `64`. */
                      readonly ipv6Prefix?: number | undefined;
                    }
                  | undefined;
                /** A bond ends so long after it began, however much it is used; `0s`: never. Default: `0s`. */
                readonly maxAge?: string | undefined;
                /** A bond ends after so long without a request; `0s`: never. Unless set: never with `cookie`, else `10m`. */
                readonly maxIdle?: string | undefined;
              }
            | undefined;
          /** Time in which the weight of a server grows to its whole when it has come back, or is added while the proxy runs; `0s`: it has it at once. Default: `0s`. */
          readonly slowStart?: string | undefined;
        };
      }
    | undefined;
  /** What servers are told of the client. */
  readonly forwarding?:
    | {
        /** Networks of proxies in front of this one. Only from them are `X-Forwarded-*`, `Forwarded` and `X-Request-Id` believed; from all others they are replaced. */
        readonly trustedProxies?: readonly string[] | undefined;
        /** What `Host` says to servers: `preserve` is what the client sent, `server` is the host of the URL of the server, all else is sent as it stands. A route may set its own. Default: `preserve`. */
        readonly hostHeader?: string | undefined;
        /** Also sends `Forwarded` (RFC 7239). Default: `false`. */
        readonly forwarded?: boolean | undefined;
        /** Adds `Via` to requests and answers. Default: `false`. */
        readonly via?: boolean | undefined;
      }
    | undefined;
  /** Limits of client connections. An idle one costs about 6 kB, so the default total is about 60 MB. There is no limit for one client unless set, because whole offices share an address. */
  readonly connections?:
    | {
        /** Client connections at once; one more is reset without an answer. Default: `10000`. */
        readonly total?: number | undefined;
        /** Of one client (an IPv4 address, an IPv6 /64) at once; one more is reset without an answer; `0`: no limit. Default: `0`. */
        readonly perClient?: number | undefined;
      }
    | undefined;
  /** One line a request, on standard output as JSON unless set: there it is seen at once, service managers and containers collect it, and it fills no disk. `false` for none. */
  readonly accessLog?:
    | false
    | {
        /** `json` has everything, `combined` is what Apache and nginx write, `prtg` is what the web server of PRTG writes. Default: `json`. */
        readonly format?: 'json' | 'combined' | 'prtg' | undefined;
        /** Path of the log; relative ones start at the folder of the config file. Standard output, unless set. */
        readonly file?: string | undefined;
        /** Says that the log goes to standard output; not with `file`. */
        readonly stdout?: true | undefined;
        /** Query parameters whose values are written as `***`, besides the usual ones (`password`, `token` and the like); upper and lower case count as one. */
        readonly mask?: readonly string[] | undefined;
        /** When a new file is begun, only with `file`; by size and time as below, unless set. `false`: never, something else rotates it. */
        readonly rotate?:
          | false
          | {
              /** Rotated once it is larger; `0B`: not by size. Default: `100MB`. */
              readonly size?: string | undefined;
              /** Rotated at so long a distance; `0s`: not by time. Default: `24h`. */
              readonly every?: string | undefined;
              /** Old files kept. Default: `14`. */
              readonly keep?: number | undefined;
            }
          | undefined;
      }
    | undefined;
  /** Control of the running process. */
  readonly admin?:
    | {
        /** Path of the socket (mode 0600) through which `postern reload`, `stop` and `status` speak to the process. Unless set: `postern.sock` in `$RUNTIME_DIRECTORY` (set by systemd) or `$XDG_RUNTIME_DIR`, else `/run/postern/postern.sock`. */
        readonly socket?: string | undefined;
        /** Where programs may read metrics and the admin API over HTTP. Without `tokenFile` an address of this machine alone, and nothing can be changed there. Unless set: nowhere. */
        readonly listen?: string | undefined;
        /** File whose first line is a token of at least 16 characters. With it, `listen` asks for `Authorization: Bearer` and that token, lets its bearer reload, explain and preview, and may be an address that other machines reach. */
        readonly tokenFile?: string | undefined;
        /** Names that requests to `listen` may have in `Host`, besides its address: for a route that leads there. Others are refused, so that no page in a browser gets at it. */
        readonly hosts?: readonly string[] | undefined;
      }
    | undefined;
  /** The messages of the proxy itself. */
  readonly log?:
    | {
        /** The least that is written to standard error. Default: `info`. */
        readonly level?: 'debug' | 'info' | 'warn' | 'error' | undefined;
      }
    | undefined;
  /** When a thread has more to do than it can, requests are refused early, so that the others are served in time. Unless set, none is. */
  readonly shed?:
    | {
        /** How late the event loop of a thread may be on average. Beyond it more and more of its requests get a 503: all of low `importance`, then those of normal; never those of high. `0s`: it is not looked at. Default: `0s`. */
        readonly loopDelay?: string | undefined;
        /** Requests of low `importance` get a 503 while memory is short. Default: `false`. */
        readonly memory?: boolean | undefined;
      }
    | undefined;
  /** Traces: what was decided about single requests, and spans for a collector. Off unless set. */
  readonly trace?:
    | {
        /** Share of the requests of which is kept what was decided about them, for `postern explain --id`. Default: `0`. */
        readonly sample?: number | undefined;
        /** A field of a request, of any value, that asks to be among them; unless set, none does. */
        readonly header?: string | undefined;
        /** Clients that may ask by `header`; this machine alone, unless set. */
        readonly from?: readonly string[] | undefined;
        /** Sends spans to a collector of traces (OpenTelemetry). Unless set, none are made. */
        readonly otlp?:
          | {
              /** URL of the collector, with its path; it takes OTLP over HTTP in JSON. */
              readonly endpoint: string;
              /** Fields of the requests to the collector, such as its key: best as `${NAME}` or `${file:...}`, for this is a secret. */
              readonly headers?: { readonly [name: string]: string } | undefined;
              /** What this proxy is called there: `service.name`. Default: `postern`. */
              readonly service?: string | undefined;
              /** Share of the traces that begin here which are sent; 1 is all. Default: `0.01`. */
              readonly sample?: number | undefined;
              /** Whose `traceparent` is believed, and with it whether the trace is sampled: that of `forwarding.trustedProxies`, of everyone, or of nobody. For all others a trace begins here. Default: `trusted`. */
              readonly continue?: 'trusted' | 'always' | 'never' | undefined;
            }
          | undefined;
      }
    | undefined;
  /** Who is told of what happens to servers and pools, beside the log. */
  readonly events?:
    | {
        /** A URL that is told. Unless set, nobody is but the log and the metrics. */
        readonly webhook?:
          | {
              /** Where events are posted to, each by itself, as JSON. */
              readonly url: string;
              /** Fields of these requests, such as a key: best as `${NAME}` or `${file:...}`, for this is a secret. */
              readonly headers?: { readonly [name: string]: string } | undefined;
              /** Events that it is told of; all of them, unless set: server-up, server-down, server-ejected, server-returned, server-ready, server-drain, server-maint, server-weight, server-added, server-removed, pool-up, pool-down, pool-panic, pool-calm, breaker-open, breaker-half-open, breaker-closed, split-changed. */
              readonly on?:
                | readonly (
                    | 'server-up'
                    | 'server-down'
                    | 'server-ejected'
                    | 'server-returned'
                    | 'server-ready'
                    | 'server-drain'
                    | 'server-maint'
                    | 'server-weight'
                    | 'server-added'
                    | 'server-removed'
                    | 'pool-up'
                    | 'pool-down'
                    | 'pool-panic'
                    | 'pool-calm'
                    | 'breaker-open'
                    | 'breaker-half-open'
                    | 'breaker-closed'
                    | 'split-changed'
                  )[]
                | undefined;
              /** Longest wait for an answer; then it is sent again. Default: `5s`. */
              readonly timeout?: string | undefined;
            }
          | undefined;
      }
    | undefined;
  /** How long requests in flight may go on after a stop. Default: `30s`. */
  readonly grace?: string | undefined;
  /** Signs the cookies of `sticky`: the same on all machines whose clients are to stay, at least 16 characters, best as `${NAME}` or `${file:...}`. Unless set, one is made and kept in the folder that `state` names. */
  readonly cookieSecret?: string | undefined;
  /** Folder for what has to outlive the process: what was said of servers while it ran, and the secret of cookies. Relative ones start at the folder of the config file. Unless set, the one that the service manager made (`STATE_DIRECTORY`), else that of the control socket. */
  readonly state?: string | undefined;
  /** A change of the config, or of a file that it names, is a reload. A change with a mistake is told of, and changes nothing. Default: `false`. */
  readonly watch?: boolean | undefined;
  /** Data threads, which carry the traffic: `auto` is one for each processor that the process may use, `0` does all in the main thread. Counts from the next start. Default: `auto`. */
  readonly threads?: 'auto' | number | undefined;
  /** Whom the process becomes when root starts it, by name or number (in quotes): before it listens, and for good. It keeps the right to use ports below 1024 and no other, so certificates and their keys must be readable for this user. Counts from the next start. */
  readonly user?: string | undefined;
  /** Its group, by name or number (in quotes); that of `user`, unless set. */
  readonly group?: string | undefined;
  /** How names of servers are resolved. */
  readonly dns?:
    | {
        /** DNS servers for the names of servers; those of the system, unless set. */
        readonly servers?: readonly string[] | undefined;
        /** Names in this file come before DNS. Default: `/etc/hosts`. */
        readonly hostsFile?: string | undefined;
      }
    | undefined;
}
