#include "command/summary.hh"

#include <fmt/core.h>

#include <string.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "trace/text.hh"
#include "value/json.hh"

namespace flowrun::command {

namespace {

using engine::Account;

struct Column {
    std::string_view name;
    std::uint64_t Account::* count;
    bool always = false;
};
constexpr Column columns[] = {
    {"accepted", &Account::accepted, true},
    {"ok", &Account::ok, true},
    {"filtered", &Account::filtered},
    {"dropped", &Account::dropped},
    {"claimed", &Account::claimed},
    {"failed", &Account::failed},
    {"left", &Account::left},
    {"found", &Account::found},
    {"persisted", &Account::persisted},
    {"again", &Account::again},
    {"lapsed", &Account::lapsed},
    {"retried", &Account::retried},
    {"late", &Account::late},
};

std::string_view name_of(Exit exit) {
    if (is_of_signal(exit) && exit != Exit::interrupted) return "terminated";
    switch (exit) {
        case Exit::ok: return "ok";
        case Exit::time_up: return "time_up";
        case Exit::interrupted: return "interrupted";
        case Exit::reader_gone: return "reader_gone";
        default: return "failed";
    }
}

std::string_view told(Exit exit) {
    if (is_of_signal(exit)) return "interrupted";
    switch (exit) {
        case Exit::ok: return "ok";
        case Exit::time_up: return "time was up";
        case Exit::reader_gone: return "the reader of stdout went away";
        default: return "failed";
    }
}

std::string duration(std::int64_t nanoseconds) {
    trace::Block block;
    trace::put_duration(block, nanoseconds);
    return std::string(block.view());
}

std::string name_of_signal(int signal) {
    const char* const name = ::sigabbrev_np(signal);
    return name != nullptr ? std::string("SIG") + name : fmt::format("signal {}", signal);
}

std::string headline(const std::string& flow, const engine::Outcome& outcome, Exit exit, int signal) {
    const auto& ledger = outcome.ledger;
    std::string text = fmt::format("{}: {} after {}, {} message{}", flow, told(exit), duration(outcome.took),
                                   ledger.messages, ledger.messages == 1 ? "" : "s");
    if (signal != 0 && (exit == Exit::ok || exit == Exit::failed)) {
        text += fmt::format(", stopped by {}", name_of_signal(signal));
    }
    if (ledger.raised > 0) text += fmt::format(", {} bad record{}", ledger.raised, ledger.raised == 1 ? "" : "s");
    if (ledger.root_failed > 0) text += fmt::format(", {} failed", ledger.root_failed);
    if (exit == Exit::failed && !ledger.failed()) {
        if (ledger.handled > 0) text += fmt::format(", {} handled", ledger.handled);
        if (ledger.dropped() > 0) text += fmt::format(", {} dropped", ledger.dropped());
    }
    return text + "\n";
}

std::string table(std::vector<Account> edges) {
    std::erase_if(edges, [](const Account& account) { return account.elsewhere; });
    if (edges.empty()) return {};
    std::size_t width = 4;
    for (const Account& account : edges) width = std::max(width, account.edge.size());
    std::string head = fmt::format("  {:<{}}", "edge", width);
    std::vector<std::string> lines;
    for (const Account& account : edges) lines.push_back(fmt::format("  {:<{}}", account.edge, width));
    for (const Column& column : columns) {
        std::uint64_t most = 0;
        for (const Account& account : edges) most = std::max(most, account.*column.count);
        if (most == 0 && !column.always) continue;
        const std::size_t wide = std::max(column.name.size(), std::to_string(most).size());
        head += fmt::format("  {:>{}}", column.name, wide);
        for (std::size_t i = 0; i < edges.size(); ++i)
            lines[i] += fmt::format("  {:>{}}", edges[i].*column.count, wide);
    }
    std::string text = head + "\n";
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

std::string json(std::string_view text) {
    std::string quoted;
    value::write_string(text, quoted);
    return quoted;
}

}  // namespace

std::string summary_text(const std::string& flow, const engine::Outcome& outcome, Exit exit, int signal) {
    std::string text = headline(flow, outcome, exit, signal) + table(outcome.ledger.edges);
    for (const std::string& source : outcome.cut_short) {
        text += fmt::format("  cut short: '{}' had not come to its end\n", source);
    }
    for (const std::string& left : outcome.left) text += "  left: " + left + "\n";
    for (const Account& account : outcome.ledger.edges) {
        if (account.adds_up()) continue;
        text += fmt::format("  {}: the account does not add up; this is a bug of flowrun\n", account.edge);
    }
    return text;
}

std::string summary_json(const std::string& flow, const engine::Outcome& outcome, Exit exit, int signal) {
    const auto& ledger = outcome.ledger;
    std::string text = fmt::format(
        R"({{"flow":{},"exit":{},"outcome":"{}","signal":{},"took_ns":{},"messages":{},"raised":{},"root_failed":{},"handled":{},"edges":[)",
        json(flow), code_of(ending_of(exit, signal)), name_of(exit),
        signal == 0 ? "null" : json(name_of_signal(signal)), outcome.took, ledger.messages, ledger.raised,
        ledger.root_failed, ledger.handled);
    for (const Account& account : ledger.edges) {
        if (account.elsewhere) continue;
        if (!text.ends_with('[')) text += ',';
        text += fmt::format(R"({{"edge":{},"mode":"{}")", json(account.edge), account.async ? "async" : "sync");
        for (const Column& column : columns) text += fmt::format(R"(,"{}":{})", column.name, account.*column.count);
        text += '}';
    }
    const auto list = [&](const std::vector<std::string>& texts) {
        for (const std::string& one : texts) text += (text.ends_with('[') ? "" : ",") + json(one);
    };
    text += "],\"cut_short\":[";
    list(outcome.cut_short);
    text += "],\"left\":[";
    list(outcome.left);
    return text + "]}\n";
}

}  // namespace flowrun::command
