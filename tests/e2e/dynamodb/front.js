// Stands in front of a DynamoDB that somebody else wrote, for tests. It answers one request at a time, which
// moto needs: it undoes a cancelled transaction by putting the whole table back, whoever wrote meanwhile.
//
//   node front.js --backend http://127.0.0.1:PORT [--transactions] [--faults SEED]
//
// --transactions  does TransactWriteItems by the backend's UpdateItem and DeleteItem (dynalite has no
//                 transactions): each action alone with its condition, and all of them undone when one fails.
//                 Conditions, updates and what is valid are the backend's own.
// --faults        does as a network and a busy service do: about every tenth request is refused (throttled, in
//                 conflict with another transaction), done without an answer, or answered with 500 before or
//                 after it was done.
// What was done under a ClientRequestToken is not done again, as DynamoDB has it; moto does not know of that.
// Prints its port when it listens.
'use strict'
const http = require('http')

const args = process.argv.slice(2)
const value = name => args.includes(name) ? args[args.indexOf(name) + 1] : undefined
const backend = new URL(value('--backend'))
const ownTransactions = args.includes('--transactions')
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
const version = 'DynamoDB_20120810.'

let seed = Number(value('--faults') || 0)
const counts = {}

// --- the backend ---

function send (target, headers, body) {
  return new Promise((resolve, reject) => {
    const kept = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target, 'content-length': body.length }
    for (const name of ['authorization', 'x-amz-date', 'x-amz-security-token']) if (headers[name]) kept[name] = headers[name]
    const request = http.request(backend, { method: 'POST', agent, headers: kept }, answer => {
      const parts = []
      answer.on('data', part => parts.push(part))
      answer.on('end', () => resolve({ status: answer.statusCode, body: Buffer.concat(parts) }))
      answer.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

async function ask (headers, action, input) {
  const answer = await send(version + action, headers, Buffer.from(JSON.stringify(input)))
  return { status: answer.status, json: JSON.parse(answer.body) }
}

const answerOf = (status, json) => ({ status, body: Buffer.from(JSON.stringify(json)) })
const refusal = (code, message, more) => answerOf(400, { __type: 'com.amazonaws.dynamodb.v20120810#' + code, message, ...more })

// --- transactions ---

const codeOf = answer => String(answer.json.__type).split('#').pop()

async function read (headers, { TableName, Key }) {
  return (await ask(headers, 'GetItem', { TableName, Key, ConsistentRead: true })).json.Item
}

function restore (headers, { TableName, Key }, item) {
  return item ? ask(headers, 'PutItem', { TableName, Item: item }) : ask(headers, 'DeleteItem', { TableName, Key })
}

// Does one action; a check is a deletion that is undone at once. Returns its reason.
async function act (headers, kind, input, before) {
  const answer = await ask(headers, kind === 'Update' ? 'UpdateItem' : 'DeleteItem', input)
  if (answer.status === 200) {
    if (kind === 'ConditionCheck' && before) await restore(headers, input, before)
    return { Code: 'None' }
  }
  const code = codeOf(answer)
  return code === 'ConditionalCheckFailedException'
    ? { Code: 'ConditionalCheckFailed', Message: answer.json.message }
    : { Code: 'ValidationError', Message: code + ': ' + answer.json.message }
}

async function transact (headers, input) {
  const items = input.TransactItems
  if (!Array.isArray(items) || items.length < 1 || items.length > 100) return refusal('ValidationException', 'between 1 and 100 actions')
  const done = []
  const reasons = []
  const seen = new Set()
  for (const item of items) {
    const [kind, one] = Object.entries(item)[0]
    const key = JSON.stringify([one.TableName, one.Key])
    if (seen.has(key)) return refusal('ValidationException', 'Transaction request cannot include multiple operations on one item')
    seen.add(key)
    if (!['Update', 'Delete', 'ConditionCheck'].includes(kind)) return refusal('ValidationException', 'no such action here: ' + kind)
    if (kind === 'ConditionCheck' && !one.ConditionExpression) return refusal('ValidationException', 'a check needs a condition')
  }
  for (const item of items) {
    const [kind, one] = Object.entries(item)[0]
    const before = await read(headers, one)
    const reason = await act(headers, kind, one, before)
    if (reason.Code === 'None' && kind !== 'ConditionCheck') done.push([one, before])
    reasons.push(reason)
  }
  if (reasons.every(reason => reason.Code === 'None')) return answerOf(200, {})
  for (const [one, before] of done.reverse()) await restore(headers, one, before)
  return refusal('TransactionCanceledException', 'Transaction cancelled', { CancellationReasons: reasons })
}

// --- tokens ---

const finished = new Map()

async function transactOnce (target, headers, body) {
  const input = JSON.parse(body)
  const token = input.ClientRequestToken
  const known = finished.get(token)
  if (known) {
    counts.repeated = (counts.repeated || 0) + 1
    return known === String(body) ? answerOf(200, {}) : refusal('IdempotentParameterMismatchException', 'another request had this token')
  }
  const answer = ownTransactions ? await transact(headers, input) : await send(target, headers, body)
  if (answer.status === 200 && token) finished.set(token, String(body))
  return answer
}

// --- faults ---

function random () {
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed / 2147483648
}

const conflict = count => refusal('TransactionCanceledException', 'Transaction cancelled', {
  CancellationReasons: Array.from({ length: count }, (_, i) => ({ Code: i ? 'None' : 'TransactionConflict' }))
})
const faults = {
  throttled: { instead: () => refusal('ProvisionedThroughputExceededException', 'slow down') },
  conflict: { instead: body => conflict(JSON.parse(body).TransactItems.length), only: 'TransactWriteItems' },
  failed: { instead: () => answerOf(500, { __type: 'x#InternalServerError', message: 'not now' }) },
  unsure: { after: () => answerOf(500, { __type: 'x#InternalServerError', message: 'not now' }) },
  lost: { after: () => null }
}

function chooseFault (target) {
  if (!value('--faults') || random() > 0.1) return {}
  const names = Object.keys(faults).filter(name => !faults[name].only || target.endsWith(faults[name].only))
  const name = names[Math.floor(random() * names.length)]
  counts[name] = (counts[name] || 0) + 1
  return faults[name]
}

async function handle (target, headers, body) {
  const fault = chooseFault(target)
  if (fault.instead) return fault.instead(body)
  const answer = target === version + 'TransactWriteItems' ? await transactOnce(target, headers, body) : await send(target, headers, body)
  return fault.after ? fault.after() : answer
}

// --- one at a time ---

let last = Promise.resolve()

const server = http.createServer((request, response) => {
  const parts = []
  request.on('data', part => parts.push(part))
  request.on('end', () => {
    if (request.url === '/counts') return response.end(JSON.stringify(counts))
    const turn = () => handle(request.headers['x-amz-target'] || '', request.headers, Buffer.concat(parts))
    last = last.then(turn).catch(error => answerOf(500, { __type: 'x#InternalServerError', message: String(error) })).then(answer => {
      if (!answer) return request.socket.destroy()
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0', 'content-length': answer.body.length })
      response.end(answer.body)
    })
  })
})
server.keepAliveTimeout = 60000
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
