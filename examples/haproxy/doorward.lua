-- Asks Doorward about a request, and puts its answer on the request or sends it
-- to the client. haproxy.cfg calls it so:
--
--   http-request set-var(txn.doorward_level) str(LEVEL)      (or: none)
--   http-request set-var(txn.doorward) str(refused)
--   http-request lua.doorward
--   http-request deny deny_status 503 unless { var(txn.doorward) -m str passed }
--
-- HAProxy goes on with the next rule when a script fails or runs out of time.
-- So the last line is what keeps people out, and only the end of let_in says
-- "passed".

local timeout = 10000 -- milliseconds that Doorward has for an answer

-- What Doorward says of every person, and the client's cookies without its own.
local identity = {
	"x-doorward-subject", "x-doorward-user", "x-doorward-email", "x-doorward-roles",
	"x-doorward-levels", "x-doorward-idp", "x-doorward-assertion", "cookie",
}

-- The applications' own headers: each application gets those of its own.
local own = {}
for name in (os.getenv("DOORWARD_HEADERS") or ""):gmatch("%S+") do
	table.insert(own, name:lower())
end

-- Headers of an answer that belong to one connection, or that HAProxy writes.
local hop = {
	["connection"] = true, ["keep-alive"] = true, ["proxy-connection"] = true, ["te"] = true,
	["trailer"] = true, ["transfer-encoding"] = true, ["upgrade"] = true, ["content-length"] = true,
}

-- all lists the values of a header. HAProxy counts them from 0 in a request,
-- and from 1 in an answer.
local function all(headers, name)
	local values, from = {}, headers[name]
	if from == nil then
		return values
	end
	local i = from[0] == nil and 1 or 0
	while from[i] ~= nil do
		table.insert(values, from[i])
		i = i + 1
	end
	return values
end

-- question is what Doorward is told of a request, and no more.
local function question(txn, sent)
	local headers = {
		["host"] = all(sent, "host"),
		["x-forwarded-for"] = all(sent, "x-forwarded-for"),
		["x-forwarded-proto"] = all(sent, "x-forwarded-proto"),
		["x-forwarded-host"] = all(sent, "x-forwarded-host"),
		["x-forwarded-method"] = { txn.sf:method() },
		["x-forwarded-uri"] = { txn.sf:pathq() },
	}
	for _, name in ipairs({ "accept", "sec-fetch-mode", "user-agent" }) do
		headers[name] = { all(sent, name)[1] }
	end
	local cookies = all(sent, "cookie") -- HTTP/2 sends one a line
	if #cookies > 0 then
		headers["cookie"] = { table.concat(cookies, "; ") }
	end
	return headers
end

-- replace puts the header of an answer in the place of the client's own. With
-- no room left HAProxy drops a header without a word, so it looks again.
local function replace(txn, name, values)
	txn.http:req_del_header(name)
	if #values > 0 then
		txn.http:req_add_header(name, values[1])
	end
	local now = all(txn.http:req_get_headers(), name)
	if #values > 1 or #now ~= #values or now[1] ~= values[1] then
		error(name .. " comes more than once, or tune.maxrewrite leaves it no room")
	end
end

-- let_in replaces what the client said of itself by what Doorward says.
local function let_in(txn, answer)
	for _, name in ipairs(identity) do
		local values = all(answer.headers, name)
		if #values == 0 then
			error("Doorward says nothing of " .. name)
		end
		replace(txn, name, values)
	end
	for _, name in ipairs(own) do
		replace(txn, name, all(answer.headers, name))
	end
	txn:set_var("txn.doorward", "passed")
end

-- refuse hands a refusal on as Doorward wrote it; a page goes to sign in.
local function refuse(txn, answer)
	local reply = txn:reply({ status = answer.status, reason = answer.reason })
	local at = all(answer.headers, "x-doorward-login")[1]
	if answer.status == 401 and at ~= nil then
		reply:set_status(303, "See Other")
		reply:add_header("location", at)
		reply:add_header("cache-control", "no-store")
		txn:done(reply)
		return
	end
	for name in pairs(answer.headers) do
		for _, value in ipairs(all(answer.headers, name)) do
			if not hop[name] then
				reply:add_header(name, value)
			end
		end
	end
	if txn.sf:method() ~= "HEAD" then
		reply:set_body(answer.body)
	end
	txn:done(reply)
end

local function ask(txn)
	local at = "http://" .. os.getenv("DOORWARD") .. "/auth"
	local level = txn:get_var("txn.doorward_level") -- without it, the next line but one fails
	if level ~= "none" then
		at = at .. "?level=" .. level
	end
	local sent = txn.http:req_get_headers()
	local answer = core.httpclient():get({ url = at, headers = question(txn, sent), timeout = timeout })
	if answer == nil or answer.status == nil then
		error("no answer")
	elseif answer.status == 200 then
		let_in(txn, answer)
	elseif answer.status >= 300 then
		refuse(txn, answer)
	end -- any other answer is none
end

core.register_action("doorward", { "http-req" }, ask)
