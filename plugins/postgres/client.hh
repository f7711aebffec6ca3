#pragma once
// A connection as a node has it: made when it is first wanted, and anew when it is lost. It waits as its call may: what is
// cancelled or takes too long ends the connection, and with it what the server does for it. One thread at a time.

#include <libpq-fe.h>
#include <flowrun/component.hh>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postgres_client/address.hh"
#include "postgres_client/values.hh"

namespace flowrun::postgres {

// A parameter as text; nothing: NULL.
using Parameter = std::optional<std::string>;

class Client {
public:
    // Throws Failure where the URL is none.
    Client(sdk::Node node, sdk::Value url);

    // Throws Failure. The rows come as text.
    Result run(sdk::Call call, const std::string& sql, const std::vector<Parameter>& parameters = {});
    // What `sql` (COPY … FROM STDIN) wants, which is `data`.
    void copy(sdk::Call call, const std::string& sql, std::string_view data);
    // What somebody has notified of, waiting for it; empty: the call is to end, with `status`.
    using Notice = std::unique_ptr<PGnotify, decltype(&PQfreemem)>;
    Notice next_notice(sdk::Call call, sdk::Status& status);
    bool connected() const { return connection_ != nullptr && PQstatus(connection_.get()) == CONNECTION_OK; }
    const std::string& server() const { return address_.server; }

private:
    struct Free {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    void connect(sdk::Call call);
    void wait(sdk::Call call, std::uint32_t events, std::int64_t timeout = -1);
    void send_all(sdk::Call call);
    Result answer(sdk::Call call);
    [[noreturn]] void lost();

    const sdk::Node node_;
    Address address_;
    std::unique_ptr<PGconn, Free> connection_;
};

// A setting's URL, with what is wrong with it; ones that hold ${…} are not looked at.
std::optional<sdk::Mistake> mistake_in_url(sdk::Value url);
// Throws it as a Failure.
[[noreturn]] void fail_with(sdk::Node node, const Result& result);

}  // namespace flowrun::postgres
