/** Query parameters that hold secrets in many applications; lower case. Their values never reach a log. */
export const defaultMask: readonly string[] = [
  'access_token',
  'api_key',
  'apikey',
  'auth',
  'client_secret',
  'id_token',
  'pass',
  'passhash',
  'passwd',
  'password',
  'pwd',
  'refresh_token',
  'secret',
  'sig',
  'signature',
  'token',
];
