#include "command/queue_exchange.hh"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "command/item_lines.hh"
#include "command/lines.hh"
#include "command/say.hh"

namespace flowrun::command {
namespace {

constexpr std::uint64_t all_of_them = std::numeric_limits<std::uint64_t>::max();
// So many are written, or put, together.
constexpr std::uint64_t together = 256;

struct Page {
    std::string text;
    std::vector<std::uint64_t> numbers;
    std::uint64_t next = 0;            // where the next page begins
    std::vector<std::string> damaged;  // what cannot be exported, and why
};

Result<Page> page_of(const StoredQueue& queue, Selection& selection, std::uint64_t most, std::uint64_t from) {
    Page page;
    const auto add = [&](const flowrun_queue_item& item, const std::string&) {
        page.next = item.number + 1;
        const auto line = exported(item, selection.dead());
        if (!line) {
            page.damaged.push_back(
                fmt::format("message {} of '{}' is left out: {}", item.number, queue.name, line.error()));
            return;
        }
        page.text += *line;
        page.numbers.push_back(item.number);
    };
    if (auto seen = selection.each(queue, most, add, from); !seen) return std::unexpected(seen.error());
    return page;
}

// What a run beside us is at work with is not taken from it, and will be delivered although it was printed.
Exit tell_of_kept(const StoredQueue& queue, std::size_t printed, std::int64_t taken) {
    const auto kept = static_cast<std::int64_t>(printed) - taken;
    if (kept <= 0) return Exit::ok;
    complain(
        fmt::format("{} of the messages printed from '{}' stay in it: a run has taken them already", kept, queue.name));
    return Exit::failed;
}

// `taken`: what was written is to go.
Exit export_one(const StoredQueue& queue, Selection& selection, bool taken) {
    Exit exit = Exit::ok;
    std::uint64_t left = selection.most().value_or(all_of_them), from = 0;
    while (left != 0) {
        const std::uint64_t most = std::min(left, together);
        const auto page = page_of(queue, selection, most, from);
        if (!page) return told(page.error());
        if (const Exit written = put_as_is(page->text); written != Exit::ok) return written;
        for (const std::string& damaged : page->damaged) complain(damaged);
        if (!page->damaged.empty()) exit = graver(exit, Exit::failed);
        if (taken && !page->numbers.empty()) {
            const auto dropped = queue.drop(selection.dead(), page->numbers);
            if (!dropped) return told(dropped.error());
            exit = graver(exit, tell_of_kept(queue, page->numbers.size(), *dropped));
        }
        if (page->next == 0) break;
        from = page->next;
        left -= std::min<std::uint64_t>(left, page->numbers.size());
    }
    return exit;
}

// Up to the end (more: it may not have come), or to a line that is wrong.
std::vector<Imported> page_of(Lines& lines, std::int64_t now, bool& more, std::string& wrong) {
    std::vector<Imported> page;
    while (page.size() < together) {
        const auto line = lines.next();
        more = line.has_value();
        if (!more) break;
        if (line->find_first_not_of(" \t") == std::string_view::npos) continue;
        auto one = Imported::of(*line, now);
        if (!one) {
            wrong = fmt::format("line {} of stdin: {}", lines.number(), one.error());
            break;
        }
        page.push_back(std::move(*one));
    }
    if (lines.failure() != 0) wrong = fmt::format("stdin cannot be read: {}", std::strerror(lines.failure()));
    return page;
}

}  // namespace

Exit export_items(const StoredQueues& queues, Selection& selection) {
    Exit exit = Exit::ok;
    for (const StoredQueue& queue : queues.all()) exit = graver(exit, export_one(queue, selection, false));
    return graver(exit, selection.tell_of_failures());
}

Exit drain_items(const StoredQueues& queues, Selection& selection, bool really) {
    Exit exit = Exit::ok;
    for (const StoredQueue& queue : queues.all()) {
        if (really) {
            exit = graver(exit, export_one(queue, selection, true));
            continue;
        }
        std::uint64_t n = 0;
        const auto count = [&](const flowrun_queue_item&, const std::string&) { ++n; };
        if (auto seen = selection.each(queue, selection.most().value_or(all_of_them), count); !seen)
            return told(seen.error());
        complain(fmt::format("would print {} {} '{}', and take them out; say --yes to do it", n,
                             selection.dead() ? "dead letters of" : "messages of", queue.name));
    }
    return graver(exit, selection.tell_of_failures());
}

Exit import_items(const StoredQueues& queues, std::int64_t now) {
    const StoredQueue& queue = queues.all().front();
    Lines lines(STDIN_FILENO, [] {});
    std::int64_t done = 0;
    std::string wrong;
    for (bool more = true; more && wrong.empty();) {
        std::vector<Imported> page = page_of(lines, now, more, wrong);
        std::vector<flowrun_queue_item> items;
        for (const Imported& one : page) items.push_back(one.item());
        if (items.empty()) continue;
        const auto put_in = queue.put(items);
        if (!put_in) return told(put_in.error());
        done += *put_in;
    }
    Exit exit = put(fmt::format("imported {} into '{}'\n", done, queue.name));
    if (!wrong.empty()) {
        complain(wrong + "; the lines before it are in");
        exit = graver(exit, Exit::failed);
    }
    return exit;
}

}  // namespace flowrun::command
