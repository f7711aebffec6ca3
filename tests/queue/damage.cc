// queue-damage PLUGIN.so FOLDER [STEP]: a small store of sqlite.so in which a bit is flipped at every STEP-th offset (1), or that
// is cut there, is opened and worked off. It may be refused, with a word; it may lose messages, and say how many. It may not
// give out what nobody pushed, nor end or stand still; and where it opens, a fresh message passes. FOLDER is empty.
//
// The same, 29 times as far apart, with the log of writes that a kill leaves: what it loses there nobody can know, as it looks
// like the last moment before a power failure; the rest holds.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "queue.hh"

namespace {

constexpr std::uint64_t messages = 9;  // that wait, and one that is dead
constexpr std::int64_t hour = std::int64_t{3600} * 1'000'000'000;

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
void write_file(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// All that can be told apart of a message.
std::string whole_of(const Taken& one) {
    std::string text = one.id + "|" + one.key + "|" + one.body + "|" + one.traceparent + "|" + one.error;
    for (const std::int64_t number :
         {std::int64_t{one.format}, std::int64_t{one.attempts}, one.time, one.accepted, one.due, one.index, one.total})
        text += "|" + std::to_string(number);
    return text;
}

struct Store {
    const flowrun_queue_table& table;
    std::string path;
    std::string url() const { return "sqlite:" + path; }
    std::string file{}, log{};        // what is in it
    std::set<std::string> good{};     // what it may give out
    std::set<std::string> earlier{};  // and what it held before, where a log has lost its end
};

void make(Store& store) {
    Queue queue(store.table, store.url(), "damage");
    for (std::uint64_t i = 1; i <= messages + 1; ++i) {
        require(queue.hold(i, "message number " + std::to_string(i) + std::string(40 * i, 'x'),
                           [&](flowrun_queue_item& item) {
                               item.key = text_of(std::string_view("a key"));
                               item.traceparent =
                                   text_of(std::string_view("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
                               item.total = 12;
                           }) == FLOWRUN_OK,
                "push");
    }
    const auto all = queue.take_all(messages + 1);
    for (const Taken& one : all) store.earlier.insert(whole_of(one));
    queue.reject(all[0].lease);
    queue.nack(all[1].lease, -hour, 2);
    queue.nack(all[2].lease, hour, 3);
    queue.settled(3);
    store.file = read_file(store.path);
    store.log = read_file(store.path + "-wal");
    for (const Taken& one : queue.take_all(2)) store.good.insert(whole_of(one));
    for (std::size_t i = 3; i < all.size(); ++i) store.good.insert(whole_of(all[i]));
}

// In a process of its own. Answers what is wrong.
std::string judge(const Store& store, bool complete) {
    const auto was_pushed = [&](const Taken& one) {
        const std::string text = whole_of(one);
        return store.good.contains(text) || (!complete && store.earlier.contains(text));
    };
    try {
        Queue queue(store.table, store.url(), "damage");
        std::uint64_t given = 0;
        const auto over = [&] { return given + queue.lost() >= messages || !queue.broken().empty(); };
        for (int turn = 0; turn < 2000 && !over(); ++turn) {
            for (const Taken& one : queue.take(100)) {
                if (!was_pushed(one)) return "gives out what nobody pushed: " + whole_of(one);
                queue.ack(one.lease);
                ++given;
            }
            if (!complete && queue.depth().waiting + queue.depth().leased == 0) break;
            if (!over()) queue.wait_a_moment();
        }
        if (complete && !over())
            return "gives out " + std::to_string(given) + " and says that it lost " + std::to_string(queue.lost());
        if (given + queue.lost() > messages + (complete ? 0 : 1)) return "gives out more than there are";
        if (!queue.broken().empty()) return {};
        if (queue.hold(99, "fresh") != FLOWRUN_OK) return queue.broken().empty() ? "takes no fresh message" : "";
        for (int turn = 0; turn < 2000 && queue.broken().empty(); ++turn) {
            for (const Taken& one : queue.take(1)) {
                if (one.body == "fresh") return {};
                if (complete || !was_pushed(one)) return "gives out something else than the fresh one";
            }
            queue.wait_a_moment();
        }
        return queue.broken().empty() ? "does not give out the fresh message" : "";
    } catch (const Refused& refused) {
        return refused.why.empty() ? "refuses without a word" : "";
    } catch (const Failed& failed) { return failed.what(); }
}

void look(const Store& store) {
    std::string why;
    const auto listed = [](void*, flowrun_text, const flowrun_queue_depth*) {};
    const auto seen = [](void*, const flowrun_queue_item*) {};
    const auto said = [](void*, flowrun_text) {};
    store.table.list(text_of(store.url()), listed, nullptr, keep_text, &why);
    for (const std::uint32_t select : {FLOWRUN_SELECT_WAITING, FLOWRUN_SELECT_DEAD})
        store.table.peek(text_of(store.url()), text_of(std::string_view("damage")), select, 0, 100, seen, nullptr,
                         keep_text, &why);
    store.table.fsck(text_of(store.url()), said, nullptr);
    const auto ordered = [](void*, flowrun_text, std::uint64_t) {};
    store.table.orders(text_of(store.url()), text_of(std::string_view("damage")), ordered, nullptr, keep_text, &why);
}

// Whether it is as it should be, with these bytes in it.
bool holds(const Store& store, const std::string& file, const std::string& log, const std::string& what,
           bool complete) {
    for (const char* const end : {"", "-wal", "-shm", "-owner"}) ::unlink((store.path + end).c_str());
    write_file(store.path, file);
    if (!log.empty()) write_file(store.path + "-wal", log);
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(30);
        look(store);
        const std::string wrong = judge(store, complete);
        look(store);
        if (!wrong.empty()) std::printf("%s: %s\n", what.c_str(), wrong.c_str());
        std::fflush(stdout);
        ::_exit(wrong.empty() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) std::printf("%s: signal %d\n", what.c_str(), WTERMSIG(status));
    return status == 0;
}

int all(Store& store, std::size_t step) {
    int runs = 0, wrong = 0;
    const auto tell = [&](bool held) {
        ++runs;
        if (!held) ++wrong;
    };
    const auto flipped = [](std::string bytes, std::size_t at) {
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
        return bytes;
    };
    make(store);
    const std::string whole = read_file(store.path);  // it was closed, and its log is in it
    tell(holds(store, whole, "", "as it is", true));
    for (std::size_t at = 0; at < whole.size(); at += step) {
        const std::string place = std::to_string(at);
        tell(holds(store, flipped(whole, at), "", "byte " + place, true));
        if (at != 0) tell(holds(store, whole.substr(0, at), "", "cut at " + place, true));
    }
    for (std::size_t at = 0; at < store.log.size(); at += step * 29) {
        const std::string place = std::to_string(at);
        tell(holds(store, store.file, flipped(store.log, at), "byte " + place + " of the log", false));
        tell(holds(store, store.file, store.log.substr(0, at), "log cut at " + place, false));
    }
    std::printf("%d stores, %d wrong\n", runs, wrong);
    return wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 && argc != 4) {
        std::fprintf(stderr, "usage: queue-damage PLUGIN.so FOLDER [STEP]\n");
        return 64;
    }
    const flowrun_queue_table* const table = table_of(argv[1]);
    if (table == nullptr) return 69;
    Store store{*table, std::string(argv[2]) + "/store.db"};
    return all(store, argc == 4 ? static_cast<std::size_t>(std::atol(argv[3])) : 1);
}
