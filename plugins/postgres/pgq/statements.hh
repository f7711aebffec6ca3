#pragma once
// What a session says of one table, which is pgq's: its columns mean what that package says, and change as it changes them.
//
//   locked_until     in the future: somebody has it; he is known by consumed_count, which grows each time it is given out
//   processed_at     it was dealt with, or (error_detail) given up
//   scheduled_for    it is not given out before
//   metadata         texts by name; those of flowrun begin with flowrun-, or are traceparent

#include <string>
#include <string_view>

#include "postgres_client/connection.hh"

namespace flowrun::pgq {

class Statements {
public:
    // `table`: quoted, as it stands in a statement.
    explicit Statements(const std::string& table);
    std::string push, push_again, ack, nack, reject, renew, poison, invalid, take, state, notify;
};

// Makes it as pgq's package schema does. `table` as it is named; throws as Connection::run.
void make_table(postgres::Connection& connection, std::string_view table);

}  // namespace flowrun::pgq
