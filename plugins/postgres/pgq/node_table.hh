#pragma once
// A table as a node has it: its connection is made when it is first wanted, and anew when it is lost. One thread at a time.

#include <flowrun/component.hh>
#include <flowrun/cxx/queue.hh>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "broker/session.hh"
#include "postgres_client/connection.hh"
#include "statements.hh"

namespace flowrun::pgq {

class NodeTable {
public:
    static std::optional<sdk::Mistake> mistake_in(sdk::Value url) {
        const std::string_view text = url.string().value_or("");
        if (text.find("${") != text.npos) return std::nullopt;
        try {
            static_cast<void>(postgres::address_of(text, "pgq", {}));
        } catch (const sdk::QueueError& error) { return sdk::Mistake{error.text, "url"}; }
        return std::nullopt;
    }

    // Throws Failure where the URL is none.
    NodeTable(sdk::Value url, std::string_view name) : name_(name), address_(address(url.string().value_or(""))) {}

    const std::string& name() const { return name_; }
    const std::string& server() const { return address_.server; }
    // What `body(connection, statements)` does. Throws Failure: unavailable where the connection is lost, permanent where the
    // server refuses.
    template <class Body>
    auto with(Body&& body) {
        try {
            if (!connection_) {
                connection_ = std::make_unique<postgres::Connection>(address_);
                statements_ = std::make_unique<Statements>(connection_->quoted(name_));
            }
            return body(*connection_, static_cast<const Statements&>(*statements_));
        } catch (const broker::Lost& lost) {
            connection_.reset();
            throw sdk::Failure(sdk::Status::unavailable, address_.server + ": " + lost.text);
        } catch (const sdk::QueueError& error) {
            throw sdk::Failure(sdk::Status::permanent, address_.server + ": " + error.text);
        }
    }

private:
    static postgres::Address address(std::string_view text) {
        try {
            return postgres::address_of(text, "pgq", {});
        } catch (const sdk::QueueError& error) {
            throw sdk::Failure(sdk::Status::invalid, "setting 'url': " + error.text);
        }
    }

    const std::string name_;
    const postgres::Address address_;
    std::unique_ptr<postgres::Connection> connection_;
    std::unique_ptr<Statements> statements_;
};

}  // namespace flowrun::pgq
