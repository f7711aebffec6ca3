// pgq.publish: puts messages into a table of pgq's.

#include <flowrun/component.hh>
#include <flowrun/cxx/queue.hh>

#include <memory>
#include <string>
#include <vector>

#include "broker/session.hh"
#include "components.hh"
#include "node_table.hh"

namespace flowrun::pgq {
namespace {

using namespace sdk;
using postgres::Result;
using postgres::Values;

class Publish {
public:
    static constexpr Description description = {
        .id = "pgq.publish",
        .summary = "Puts messages into a table of the Go package pgq",
        .doc =
            "As that package does: the payload is a JSON object, the metadata texts by name; traceparent is added "
            "unless it "
            "is given. The database makes the id, which is the reply: {id}. A message is done when the database has "
            "it; one "
            "whose connection was lost before it said so is unavailable, and may be there. An edge's own queue "
            "(queue: \"pgq://…\") needs no node; this is for tables of others.",
        .settings = R"({"type": "object", "required": ["url", "table"], "properties": {
            "url": {"type": "string", "x-secret": true, "minLength": 1,
                    "description": "The database: pgq://user@host:5432/database?sslmode=verify-full"},
            "table": {"type": "string", "minLength": 1, "description": "The table, in the search path"},
            "payload": {"x-message": true, "description": "What is put there, a map; left out: the message"},
            "metadata": {"type": "object", "x-message": true, "additionalProperties": {"x-text": true},
                         "description": "Names and texts that go with it"},
            "delay": {"x-duration": true, "x-message": true, "description": "How long nobody is given it; left out: at once"}
        }})",
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "{id}, of each that was put there"}})",
    };

    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        return NodeTable::mistake_in(settings["url"]);
    }

    Publish(Node node, Value settings)
        : table_(settings["url"], settings["table"].string().value_or("")), builder_(node.values()) {}

    Status handle(Call call, std::uint32_t, Value message) {
        const Value payload = call.setting(payload_setting), metadata = call.setting(metadata_setting),
                    delay = call.setting(delay_setting);
        if (const Status status = call.setting_status(); is_error(status)) return status;
        const Value body = payload ? payload : message;
        if (!body.is(Kind::map)) return call.fail(Status::invalid, "the payload of a message of pgq is a map");
        const std::string text = body.json(), more = metadata_text(call, metadata);
        const std::int64_t delay_us = delay.integer().value_or(0) / 1000;
        const std::string id = table_.with([&](postgres::Connection& connection, const Statements&) {
            const std::string sql = "INSERT INTO " + connection.quoted(table_.name()) +
                                    " (scheduled_for, payload, metadata) VALUES (CASE WHEN $1::int8 > 0 THEN "
                                    "CURRENT_TIMESTAMP + $1 * interval '1 microsecond' END, $2::text::jsonb, "
                                    "$3::text::jsonb) RETURNING id::text";
            const Result made = connection.run(sql.c_str(), Values().int8(delay_us).bytes(text).bytes(more));
            return std::string(made.bytes(0, 0));
        });
        const Value reply = builder_.map().key("id").string(id).end().finish();
        call.reply(reply);
        return call.emit(0, reply);
    }

private:
    static constexpr std::uint32_t payload_setting = 2, metadata_setting = 3, delay_setting = 4;

    std::string metadata_text(Call call, Value given) {
        builder_.map();
        for (auto [name, value] : given.entries())
            builder_.key(name).string(value.text() ? *value.text() : value.json());
        const std::string trace = call.traceparent();
        if (!given["traceparent"] && !trace.empty()) builder_.key("traceparent").string(trace);
        return builder_.end().finish().json();
    }

    NodeTable table_;
    Builder builder_;
};

}  // namespace

constinit const flowrun_component publish_component = sdk::component<Publish>();

}  // namespace flowrun::pgq
