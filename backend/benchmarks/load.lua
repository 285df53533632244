-- Sends the requests that stand in a file, if it is given one, and says as JSON what wrk has measured.
--
-- Each line of the file is a method, a path and a body, with tabs between; {n} in a body is another number each
-- time. The second argument is what these numbers begin with: no two runs make the same.

local threads = 0
local lines, prefix, count, thread = {}, "", 0, 0

function setup(new)
  threads = threads + 1
  new:set("number", threads)
end

local function send()
  local line = lines[count % #lines + 1]
  count = count + 1
  if line.ready then return line.ready end
  local n = prefix .. "-" .. thread .. "-" .. count
  return wrk.format(line.method, line.path, nil, (line.body:gsub("{n}", n)))
end

function init(arguments)
  if not arguments[1] then return end
  prefix, thread = arguments[2], number
  for text in io.lines(arguments[1]) do
    local method, path, body = text:match("^(%u+)\t(%S+)\t?(.*)$")
    local line = { method = method, path = path, body = body }
    if not body:find("{n}", 1, true) then
      line.ready = wrk.format(method, path, nil, body ~= "" and body or nil)
    end
    lines[#lines + 1] = line
  end
  -- The threads of wrk begin at different lines.
  count = (thread - 1) * math.floor(#lines / 2)
  request = send
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'REPORT {"requests": %d, "seconds": %.6f, "bytes": %d, "p50": %.3f, "p99": %.3f, "worst": %.3f, '
      .. '"refused": %d, "broken": %d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
