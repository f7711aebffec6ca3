// postgres.query: a statement for each message.

#include <flowrun/component.hh>

#include <string>

#include "cells.hh"
#include "client.hh"
#include "components.hh"

namespace flowrun::postgres {
namespace {

using namespace sdk;

class Query {
public:
    static constexpr Description description = {
        .id = "postgres.query",
        .summary = "Asks a PostgreSQL database, and passes on what it answers",
        .doc =
            "The statement is as it is written; what belongs to a message is a parameter ($1, $2, …), so that no text "
            "of a "
            "message is ever read as SQL. Lists and maps are JSON. Each statement is a transaction of its own. Rows "
            "are maps "
            "by the names of their columns: numbers, booleans, json and bytea are what they are, all else is text as "
            "the "
            "database writes it; what is no number in JSON (NaN) is text too. What is sent on is also the reply.\n"
            "A connection is kept as long as the node, one an instance, and made anew when it is lost: a statement "
            "that had "
            "no answer then is unavailable, and may have been done. A timeout of the edge ends the connection and, on "
            "servers from version 14 on, what was under way. error.detail has sqlstate, detail and constraint; what "
            "the "
            "database refuses is permanent, where it cannot now (no server, too many connections, two that wait for "
            "one "
            "another) the error is worth trying again.",
        .settings = R"({"type": "object", "required": ["url", "sql"], "properties": {
            "url": {"type": "string", "x-secret": true, "minLength": 1,
                    "description": "The database: postgres://user@host:5432/database?sslmode=verify-full"},
            "sql": {"type": "string", "minLength": 1, "description": "The statement"},
            "params": {"type": "array", "x-message": true, "description": "The values of $1, $2 and so on"},
            "rows": {"type": "string", "enum": ["list", "each", "first", "count"], "default": "list",
                     "description": "What is sent on: a list of the rows, each row as a message of its own, the first row (null: there is none), or {count: N}, how many rows there were or were changed"}
        }})",
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "What the database answered"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    static std::optional<Mistake> check(const flowrun_host*, Value settings) { return mistake_in_url(settings["url"]); }

    Query(Node node, Value settings)
        : client_(node, settings["url"]), sql_(settings["sql"].string().value_or("")),
          rows_(settings["rows"].string().value_or("list")), builder_(node.values()) {}

    Status handle(Call call, std::uint32_t, Value) {
        std::vector<Parameter> parameters;
        const Value given = call.setting(params_setting);
        if (!given && is_error(call.setting_status())) return call.setting_status();
        for (Value one : given.items()) parameters.push_back(parameter_of(one));
        const Result result = client_.run(call, sql_, parameters);
        if (rows_ == "each") return send_each(call, result);
        const Value made = whole(result);
        if (!made) return call.fail(Status::internal, "what the database answered cannot be read");
        call.reply(made);
        return call.emit(0, made);
    }

private:
    static constexpr std::uint32_t params_setting = 2;

    Value whole(const Result& result) {
        if (rows_ == "count") {
            builder_.map().key("count").unsigned_integer(result.affected()).end();
        } else if (rows_ == "first") {
            if (result.rows() == 0) builder_.null();
            else build_row(builder_, result, 0);
        } else {
            builder_.list();
            for (int i = 0; i < result.rows(); ++i) build_row(builder_, result, i);
            builder_.end();
        }
        return builder_.finish();
    }

    Status send_each(Call call, const Result& result) {
        flowrun_meta meta{};
        meta.size = sizeof meta;
        meta.total = result.rows();
        for (int i = 0; i < result.rows(); ++i) {
            build_row(builder_, result, i);
            meta.index = i;
            if (const Status status = call.emit(0, builder_.finish(), meta); is_error(status)) return status;
        }
        return Status::ok;
    }

    Client client_;
    const std::string sql_, rows_;
    Builder builder_;
};

}  // namespace

constinit const flowrun_component query_component = sdk::component<Query>();

}  // namespace flowrun::postgres
