// postgres.insert: a sink that writes messages into a table.

#include <flowrun/component.hh>

#include <string>
#include <vector>

#include "cells.hh"
#include "client.hh"
#include "components.hh"

namespace flowrun::postgres {
namespace {

using namespace sdk;

std::string quoted(std::string_view name) {
    std::string out = "\"";
    for (const char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    return out + "\"";
}

class Insert {
public:
    static constexpr Description description = {
        .id = "postgres.insert",
        .summary = "Writes messages into a table of a PostgreSQL database",
        .doc =
            "Each message is a map with the columns' values; what it lacks is NULL, and what has no column is left "
            "out. Lists "
            "and maps are JSON. A batch of the edge is one COPY and one transaction: where the database refuses it "
            "each "
            "message is tried by itself, so that only those fail that it refuses. A batch whose connection is lost "
            "before "
            "the database has answered is unavailable as a whole, and may have been written. A message is done when "
            "the "
            "database has it. Names are those of the database, upper and lower case; a table in another schema is "
            "schema.table.",
        .settings = R"({"type": "object", "required": ["url", "table", "columns"], "properties": {
            "url": {"type": "string", "x-secret": true, "minLength": 1,
                    "description": "The database: postgres://user@host:5432/database?sslmode=verify-full"},
            "table": {"type": "string", "minLength": 1, "description": "The table"},
            "columns": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1},
                        "description": "Its columns that are written, which are the names in the messages"}
        }})",
        .ports = R"({"in": {"in": "Messages"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    static std::optional<Mistake> check(const flowrun_host*, Value settings) { return mistake_in_url(settings["url"]); }

    Insert(Node node, Value settings) : client_(node, settings["url"]) {
        const std::string_view table = settings["table"].string().value_or("");
        const std::size_t dot = table.find('.');
        sql_ = "COPY " + quoted(table.substr(0, dot));
        if (dot != table.npos) sql_ += "." + quoted(table.substr(dot + 1));
        sql_ += " (";
        for (Value one : settings["columns"].items()) {
            columns_.emplace_back(one.string().value_or(""));
            sql_ += (columns_.size() > 1 ? ", " : "") + quoted(columns_.back());
        }
        sql_ += ") FROM STDIN";
    }

    Status handle(Call call, std::uint32_t, Value message) {
        std::string line;
        append_line(line, message);
        client_.copy(call, sql_, line);
        return Status::ok;
    }

    Status handle_batch(const Batch& batch, std::uint32_t) {
        std::string lines;
        std::vector<std::uint64_t> written;
        for (std::uint64_t i = 0; i < batch.size(); ++i) {
            try {
                append_line(lines, batch.message(i));
                written.push_back(i);
            } catch (const Failure& failure) { batch.result(i, batch.call(i).fail(failure)); }
        }
        if (written.empty()) return Status::ok;
        try {
            client_.copy(batch.call(written.front()), sql_, lines);
        } catch (const Failure& failure) {
            for (const std::uint64_t i : written) {
                batch.result(i, failure.code() == Status::permanent && written.size() > 1
                                    ? alone(batch.call(i), batch.message(i))
                                    : batch.call(i).fail(failure));
            }
        }
        return Status::ok;
    }

private:
    Status alone(Call call, Value message) {
        try {
            return handle(call, 0, message);
        } catch (const Failure& failure) { return call.fail(failure); }
    }

    // Nothing of it where it throws.
    void append_line(std::string& to, Value message) const {
        if (!message.is(Kind::map)) throw Failure(Status::invalid, "a row is a map with the names of its columns");
        std::string line;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (i != 0) line += '\t';
            append_field(line, parameter_of(message[columns_[i]]));
        }
        (to += line) += '\n';
    }

    Client client_;
    std::string sql_;
    std::vector<std::string> columns_;
};

}  // namespace

constinit const flowrun_component insert_component = sdk::component<Insert>();

}  // namespace flowrun::postgres
