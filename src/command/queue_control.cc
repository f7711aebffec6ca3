#include "command/queue_control.hh"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "command/item_lines.hh"
#include "queue/plugin_text.hh"
#include "value/json.hh"

namespace flowrun::command {

using queue::keep_text, queue::lent;

namespace {

std::string text_of(const value::Node& request, std::string_view name) {
    const value::Node* const at = request.member(name);
    return std::string(at != nullptr ? at->as_string().value_or("") : "");
}

std::vector<std::uint64_t> numbers_of(const value::Node& request) {
    std::vector<std::uint64_t> numbers;
    const value::Node* const list = request.member("numbers");
    if (list == nullptr || !list->is(value::Kind::list)) return numbers;
    for (const value::Node& one : value::elements(*list)) {
        if (const auto number = one.as_int(); number && *number >= 0)
            numbers.push_back(static_cast<std::uint64_t>(*number));
    }
    return numbers;
}

std::string place_of(const flowrun_queue_table& table, const std::string& url) {
    std::string place;
    return table.place(lent(url), keep_text, &place) >= 0 ? place : std::string();
}

std::string failed(std::string_view why, std::int64_t code) {
    std::string text = R"({"error":)";
    value::write_string(why, text);
    return text + fmt::format(R"(,"code":{}}})", code);
}

std::string done(std::int64_t n, std::string_view why) {
    return n < 0 ? failed(why, n) : fmt::format(R"({{"done":{}}})", n);
}

std::string too_large(const std::string& line, std::int64_t put) {
    constexpr std::size_t mebibyte = std::size_t{1} << 20;
    return fmt::format(
        "a message of {} MiB is too large to be handed to the run that has the store open, {} MiB at most; {}put "
        "it in while no run has it",
        line.size() / mebibyte, most_bytes_of_line / mebibyte,
        put == 0 ? "" : fmt::format("{} before it are in; ", put));
}

constexpr std::int64_t invalid = static_cast<std::int64_t>(Code::invalid);

}  // namespace

// --- the run's side ---

void QueueControl::add(const flowrun_queue_table& table, const std::string& url) {
    std::string place = place_of(table, url);
    const auto same = [&](const Store& store) { return store.place == place; };
    if (!place.empty() && std::ranges::none_of(stores_, same)) stores_.push_back({&table, url, std::move(place)});
}

std::string QueueControl::answer(const value::Node& request) const {
    const std::string verb = text_of(request, "do"), place = text_of(request, "place"), name = text_of(request, "name");
    const auto at = std::ranges::find(stores_, place, &Store::place);
    if (verb == "has") return at == stores_.end() ? R"({"has":false})" : R"({"has":true})";
    if (at == stores_.end()) return failed("this run has no such store open", invalid);
    const flowrun_queue_table& table = *at->table;
    const flowrun_text url = lent(at->url);
    if (verb == "put") return put(*at, name, request);
    const std::vector<std::uint64_t> numbers = numbers_of(request);
    std::string why;
    std::int64_t n = invalid;
    if (verb == "replay") {
        n = table.replay(url, lent(name), numbers.data(), numbers.size(), keep_text, &why);
    } else if (verb == "move") {
        const std::string to = text_of(request, "to");
        n = table.move(url, lent(name), lent(to), numbers.data(), numbers.size(), keep_text, &why);
    } else if (verb == "drop") {
        const value::Node* const dead = request.member("dead");
        const bool of_dead = dead != nullptr && dead->as_bool().value_or(false);
        const std::uint32_t select = of_dead ? FLOWRUN_SELECT_DEAD : FLOWRUN_SELECT_WAITING;
        n = table.drop(url, lent(name), select, numbers.data(), numbers.size(), keep_text, &why);
    } else {
        why = "'" + verb + "' is nothing that a run does";
    }
    return done(n, why);
}

std::string QueueControl::put(const Store& store, const std::string& name, const value::Node& request) const {
    const value::Node* const list = request.member("items");
    if (list == nullptr || !list->is(value::Kind::list)) return failed("'items' must be a list", invalid);
    std::vector<Imported> read;
    for (const value::Node& one : value::elements(*list)) {
        auto item = Imported::of(one, world_.wall());
        if (!item) return failed(item.error(), invalid);
        read.push_back(std::move(*item));
    }
    std::vector<flowrun_queue_item> items;
    for (const Imported& one : read) items.push_back(one.item());
    std::string why;
    const std::int64_t n = store.table->put(lent(store.url), lent(name), items.data(), items.size(), keep_text, &why);
    return done(n, why);
}

// --- the other side ---

std::optional<QueueOwner> QueueOwner::of(const flowrun_queue_table& table, const std::string& url) {
    std::string place = place_of(table, url);
    if (place.empty()) return std::nullopt;
    std::string question = R"({"do":"has","place":)";
    value::write_string(place, question);
    const auto has = [](const value::Node& answer) {
        const value::Node* const at = answer.member("has");
        return at != nullptr && at->as_bool().value_or(false);
    };
    auto client = ControlClient::find(question + "}", has);
    if (!client) return std::nullopt;
    return QueueOwner(std::move(*client), std::move(place));
}

std::string QueueOwner::begin(std::string_view verb, std::string_view name) const {
    std::string request = fmt::format(R"({{"do":"{}","place":)", verb);
    value::write_string(place_, request);
    request += R"(,"name":)";
    value::write_string(name, request);
    return request;
}

Result<std::int64_t> QueueOwner::ask(const std::string& request) const {
    const value::Value answer = client_.ask(request);
    if (!answer) return fail(Code::unavailable, "the run that has the store went away, or does not answer");
    const value::Node* const n = answer->member("done");
    if (n != nullptr && n->as_int()) return *n->as_int();
    const value::Node* const code = answer->member("code");
    const std::int64_t known = code != nullptr ? code->as_int().value_or(0) : 0;
    const bool fits = known < 0 && known >= static_cast<std::int64_t>(Code::internal);
    return fail(fits ? static_cast<Code>(known) : Code::unavailable, text_of(*answer, "error"));
}

// In requests of a bounded size.
Result<std::int64_t> QueueOwner::change(const Change& change, const std::vector<std::uint64_t>& numbers) const {
    constexpr std::size_t together = 10000;
    std::int64_t all = 0;
    for (std::size_t at = 0; at < numbers.size();) {
        std::string request = begin(change.verb, change.name);
        if (change.dead) request += R"(,"dead":true)";
        if (!change.to.empty()) {
            request += R"(,"to":)";
            value::write_string(change.to, request);
        }
        request += R"(,"numbers":[)";
        for (const std::size_t end = std::min(numbers.size(), at + together); at < end; ++at) {
            request += fmt::format("{}{}", request.ends_with('[') ? "" : ",", numbers[at]);
        }
        const auto n = ask(request + "]}");
        if (!n) return n;
        all += *n;
    }
    return all;
}

Result<std::int64_t> QueueOwner::put(std::string_view name, const std::vector<flowrun_queue_item>& items) const {
    constexpr std::size_t most = most_bytes_of_line / 4;
    const std::string begun = begin("put", name) + R"(,"items":[)";
    std::int64_t all = 0;
    std::string request;  // empty: none is begun
    const auto send = [&]() -> Result<void> {
        if (request.empty()) return {};
        const auto n = ask(std::exchange(request, {}) + "]}");
        if (!n) return std::unexpected(n.error());
        all += *n;
        return {};
    };
    for (const flowrun_queue_item& item : items) {
        auto line = exported(item, false);
        if (!line) return fail(Code::invalid, line.error());
        line->pop_back();
        if (request.size() + line->size() >= most) {
            if (const auto sent = send(); !sent) return std::unexpected(sent.error());
        }
        if (begun.size() + line->size() + 2 > most_bytes_of_line) return fail(Code::invalid, too_large(*line, all));
        request += request.empty() ? begun : ",";
        request += *line;
    }
    if (const auto sent = send(); !sent) return std::unexpected(sent.error());
    return all;
}

}  // namespace flowrun::command
