#include <catch2/catch.hpp>

#include "told.hh"

using namespace flowrun;
using namespace flowrun::flow;

namespace {

constexpr const char* orders = R"(#!/usr/bin/env -S flowrun run
flowrun: 1                                # version of this format
name: orders
env: [USER]
lock: true
params:
  region: { type: string, default: EU }
  batch:  { type: int, default: 100, min: 1 }
  dsn:    { type: secret, from: [env:NOT_SET, env:DSN, file:/nowhere] }
defaults:
  edge: { timeout: 10s }
nodes:
  orders:   { uses: stdin, with: { format: ndjson } }
  details:  { uses: http.get, with: { url: "https://crm/api/${msg.customer.id}" } }
  invoice:  { uses: exec, with: { argv: [./print-invoice, "${param.region}"] } }
  handover: { uses: db.insert, with: { dsn: "${param.dsn}", table: orders } }
  dead:     { uses: stdout }
edges:
  - orders -> details
  - details ~> invoice:
      when: "msg.total > 100 && msg.customer.country in ['IT', 'CZ']"
      map: { id: "${msg.id}", lines: "${msg.items.map(i, i.sku)}" }
      buffer: { messages: 1000, bytes: 16MiB }
      overflow: block
      workers: 8
      order: by_key
      key: msg.customer.id
      batch: { max: 10, linger: 250ms }
      rate: 50/s
      timeout: 5s
      deadline: 60s
      retry: { attempts: 4, backoff: 200ms, factor: 2, max_backoff: 30s, jitter: full, when: error.retryable }
  - { from: invoice.out, to: handover.in, mode: async }
  - invoice.error -> dead
  - handover.error -> dead
)";

}  // namespace

TEST_CASE("the flow of the design reads and checks without a word") {
    const Told told(orders);
    CHECK(told.all() == "");
    REQUIRE(told.checked.ok());
    const Flow& flow = told.checked.flow;
    CHECK(flow.name == "orders");
    CHECK(flow.lock.wanted);
    CHECK(flow.lock.path == "");
    REQUIRE(flow.nodes.size() == 5);
    REQUIRE(flow.edges.size() == 5);

    const EdgeSpec& first = flow.edges[0];
    CHECK(first.mode == Mode::sync);
    CHECK(first.from.node_index == 0);
    CHECK(first.from.port == "out");
    CHECK(first.to.node_index == 1);
    CHECK(first.to.port == "in");
    CHECK(first.timeout == 10'000'000'000);
    CHECK(first.place.line == 19);
    CHECK(first.place.column == 12);

    const EdgeSpec& second = flow.edges[1];
    CHECK(second.mode == Mode::async);
    CHECK(second.buffer.messages == 1000);
    CHECK(second.buffer.bytes == 16u << 20);
    CHECK(second.workers_max == 8);
    CHECK(second.order == Order::by_key);
    CHECK(second.batch_max == 10);
    CHECK(second.batch_linger == 250'000'000);
    CHECK(second.rate == 50);
    CHECK(second.timeout == 5'000'000'000);
    CHECK(second.deadline == 60'000'000'000);
    CHECK(second.retry.attempts == 4);
    CHECK(second.retry.first == 200'000'000);
    CHECK(told.checked.edges[1].when);
    CHECK(told.checked.edges[1].key);
    CHECK(told.checked.edges[1].map);
    CHECK(told.checked.edges[1].retry_when);

    CHECK(flow.edges[2].mode == Mode::async);
    CHECK(flow.edges[3].from.port_index == error_port);
}

TEST_CASE("settings come as the component gets them") {
    const Told told(orders);
    REQUIRE(told.checked.ok());
    CHECK(value::to_json(*told.checked.nodes[0].settings) == R"({"format":"ndjson"})");
    CHECK(value::to_json(*told.checked.nodes[1].settings) ==
          R"({"follow":true,"timeout":30000000000,"max_response":16777216})");
    REQUIRE(told.checked.nodes[1].per_message.size() == 1);
    CHECK(told.checked.nodes[1].per_message[0].number == 0);
    CHECK(value::to_json(*told.checked.nodes[2].settings) == R"({"argv":["./print-invoice","EU"],"ok_codes":[0]})");
    CHECK(value::to_json(*told.checked.nodes[3].settings) == R"({"dsn":"pg://secret","table":"orders"})");
}

TEST_CASE("a per-message setting gives what its message makes of it") {
    const Told told(orders);
    REQUIRE(told.checked.ok());
    const auto message = value::parse(R"({"customer":{"id":17}})");
    REQUIRE(message);
    expr::Frame frame(expr::message_scope(told.checked.constants.names));
    told.checked.constants.fill(frame);
    frame.set(expr::slot_msg, expr::Value::from(**message));
    Arena arena;
    value::Builder builder;
    REQUIRE(told.checked.nodes[1].per_message[0].value.build(frame, arena, builder));
    CHECK(value::to_json(*builder.finish()) == R"("https://crm/api/17")");
}

TEST_CASE("a setting for each element knows the element, others do not, and it may be fixed") {
    const auto told = [](const std::string& with) {
        return Told("flowrun: 1\nnodes:\n  a: { uses: generate }\n  b: { uses: each, with: " + with +
                    " }\nedges: [a -> b]\n");
    };
    const Told good = told(R"({ of: "${msg.list}", emit: { n: "${item.n + msg.n}" }, wanted: item.n > 1 })");
    CHECK(good.all().empty());
    REQUIRE(good.checked.nodes[1].per_message.size() == 3);
    CHECK(good.checked.nodes[1].per_message[1].setting->per_item);
    CHECK(good.checked.nodes[1].per_message[1].value.uses(expr::slot_item));
    CHECK(told(R"({ emit: { n: 1 } })").checked.nodes[1].per_message.empty());
    CHECK(told(R"({ of: "${item.list}" })").lines().at(0).starts_with("4:35 error: there is no variable 'item' here"));
    CHECK(told(R"({ emit: "${itm}" })").all() == "4:37 error: there is no variable 'itm' here | did you mean 'item'?");
    // A variable of a macro may hide it.
    CHECK(told(R"({ emit: "${item.map(item, item + 1)}" })").all().empty());
}
