#pragma once
// One connection to a PostgreSQL server, that never waits longer for it than some seconds. Statements go out many at a time
// (libpq's pipeline); what is added up to an end() is one transaction. Used by one thread.

#include <libpq-fe.h>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "address.hh"
#include "values.hh"

namespace flowrun::postgres {

// Known to the server by its name, once it is prepared.
struct Statement {
    const char* name;
    const char* text;
};

class Connection {
public:
    // Throws broker::Lost where there is no server or it refuses.
    explicit Connection(const Address& address);

    // Throws as throw_error does.
    void prepare(std::initializer_list<const Statement*> statements);

    // To be answered in the order in which they are added. Throw broker::Lost.
    void add(const Statement& statement, const Values& values);
    void add(const char* text, const Values& values);  // not prepared
    // A name as a part of a statement.
    std::string quoted(std::string_view name) const;
    void end();
    // The answer to the oldest statement that has none, or (an end) a result with the status PGRES_PIPELINE_SYNC. Throws
    // broker::Lost; an error of the statement is in the result.
    Result read();
    // All answers up to the end of the transaction.
    std::vector<Result> read_transaction();
    // Reads on to there.
    void read_end();
    // A transaction of one statement; its error is thrown as throw_error does.
    Result run(const char* text, const Values& values = {});
    // Several statements in one text, without values.
    void run_all(const char* text);

    // What has come by itself: names of channels on which somebody else has notified. Throws broker::Lost where the connection
    // has ended.
    std::vector<std::string> notified();
    int descriptor() const { return PQsocket(connection_.get()); }
    PGconn* get() const { return connection_.get(); }

private:
    struct Free {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    [[noreturn]] void lost() const;
    void connect();
    void wait_for_answer();
    void pipelined(bool on);

    std::unique_ptr<PGconn, Free> connection_;
    std::size_t sent_ = 0;  // bytes since the last answer; a large message may take its time
};

// What an error means: throws broker::Lost where trying again may help (the server shuts down, is only a replica, is out of
// disk; two had to wait for one another), sdk::QueueError (UNAVAILABLE) else.
[[noreturn]] void throw_error(const Result& result);
bool is_passing(const std::string& state);

}  // namespace flowrun::postgres
