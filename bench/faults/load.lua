-- GETs with a pause after each answer, and at the end one line of JSON in place of rounded figures.
local pause = tonumber(os.getenv("PAUSE_MS") or "0")

if pause > 0 then
  function delay()
    return math.random(math.ceil(pause / 2), math.floor(pause * 3 / 2))
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"us":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,"status":%d,"p50":%d,"p99":%d,"max":%d}\n',
    summary.requests, summary.duration, errors.connect, errors.read, errors.write, errors.timeout, errors.status,
    latency:percentile(50), latency:percentile(99), latency.max))
end
