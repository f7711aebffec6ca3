// What a store does where the disk is full.
//
// Pushes wait as soon as what lies in the log, and they with it, might not fit into the file: the rest of the room is for
// what was dealt with. Noting that makes the log longer only until it is taken into the file, and makes room in there. So a
// full disk holds up who sends, and who takes goes on, until the others on the disk have used up that room as well.
#include <sys/statvfs.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "location.hh"
#include "store.hh"

namespace flowrun::sqlite {
namespace {

using Kind = Operation::Kind;

// How long it waits for the next look.
constexpr auto pause = std::chrono::milliseconds(100);
// For the log's growth ahead (log_room.hh), and what SQLite writes beside.
constexpr std::uint64_t reserve = std::uint64_t{512} << 10;

// A file system that does not say has all that is wanted.
std::uint64_t free_bytes(const std::string& folder) {
    struct statvfs about{};
    if (::statvfs(folder.c_str(), &about) != 0 || about.f_blocks == 0) return std::numeric_limits<std::uint64_t>::max();
    return std::uint64_t{about.f_bavail} * about.f_frsize;
}

}  // namespace

// Looked at before what makes the log longer, whatever it is: once the log has taken the room that the file needs neither grows.
bool Store::has_room(std::span<const Operation> batch) {
    std::uint64_t bytes = 0;
    bool any = false;
    for (const Operation& operation : batch) {
        if (operation.kind != Kind::push) continue;
        any = true;
        bytes += operation.item.record.size();
    }
    const auto fits = [&] {
        const auto in_log = static_cast<std::uint64_t>(database_.bytes_not_in_file());
        return free_bytes(folder_of(database_.path())) >= reserve + in_log + 2 * bytes;
    };
    return fits() || (take_log_in() && (!any || fits()));
}

// From there on it begins anew, in the room that it has.
bool Store::take_log_in() {
    try {
        database_.checkpoint(Database::Log::any);
    } catch (const Trouble& trouble) { note_broken(trouble.text); }
    return broken_.empty();
}

// What makes room goes first where not all can be done.
void Store::commit_with_room(std::vector<Operation>& batch) {
    if (batch.empty()) return;
    const bool room = has_room(batch);
    if (broken_.empty() && room && commit_together(batch)) return;
    const auto first = std::stable_partition(batch.begin(), batch.end(),
                                             [](const Operation& operation) { return operation.kind != Kind::push; });
    const auto n = static_cast<std::size_t>(first - batch.begin());
    const std::span<Operation> others = std::span(batch).first(n), pushes = std::span(batch).subspan(n);
    if (!others.empty() && broken_.empty() && !commit_together(others) && take_log_in() && !commit_together(others)) {
        commit_each(others);
    }
    if (room) return commit_each(pushes);
    for (Operation& push : pushes) {
        push.full = true;
        push.status = FLOWRUN_E_UNAVAILABLE;
        push.text = database_.path() + ": the disk is full";
    }
}

// What is over stays in the batch.
void Store::hold(std::vector<Operation>& batch) {
    std::vector<const Client*> closing;
    for (const Operation& operation : batch) {
        if (operation.kind == Kind::close) closing.push_back(operation.queue);
    }
    const auto is_over = [&](const Operation& operation) {
        const bool holds = operation.full && operation.kind != Kind::read && operation.kind != Kind::close;
        return !holds || std::ranges::find(closing, operation.queue) != closing.end() ||
               !operation.queue->waits_for_room(operation);
    };
    if (std::ranges::none_of(batch, &Operation::full)) return;
    const auto first = std::stable_partition(batch.begin(), batch.end(), is_over);
    held_.assign(std::make_move_iterator(first), std::make_move_iterator(batch.end()));
    batch.erase(first, batch.end());
    held_at_ = Clock::now() + pause;
}

void Store::tell_held() {
    if (held_.empty() && told_held_.empty()) return;
    std::vector<Client*> waiting;
    for (const Operation& operation : held_) {
        if (std::ranges::find(waiting, operation.queue) != waiting.end()) continue;
        waiting.push_back(operation.queue);
        if (std::ranges::find(told_held_, operation.queue) == told_held_.end())
            operation.queue->held_up(operation.text);
    }
    for (Client* client : told_held_) {
        if (std::ranges::find(waiting, client) == waiting.end()) client->held_up({});
    }
    told_held_ = std::move(waiting);
}

}  // namespace flowrun::sqlite
