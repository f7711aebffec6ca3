// queue-worker PLUGIN.so URL NAME VERB FILE …: one of several processes that share a queue, to be killed.
//
//   produce FILE FIRST COUNT EACH   pushes numbers, one each EACH microseconds; a line with the number into FILE once it is held
//   consume FILE                    a line into FILE for each that it deals with; until TERM, or until nobody has anything
//   sit FILE SECONDS                takes one, acks it so much later, and says on its output what the queue said to that and
//                                   what else it told; then as consume
//   dead FILE                       a line into FILE for each dead letter
//
// Of the numbers every 16th is tried twice, and every 32nd is rejected. A line is "NUMBER" or, of a body that is not as it was
// sent, "wrong". Exit code 0 when all went well.
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <thread>

#include "queue.hh"

namespace {

std::atomic<bool> ends{false};

std::string body_of(std::uint64_t number) {
    return "{\"n\":" + std::to_string(number) + ",\"pad\":\"" + std::string(number % 300, 'x') + "\"}";
}

// 0: it is none of ours.
std::uint64_t number_of(const std::string& body) {
    constexpr std::size_t begin = 5;
    std::uint64_t number = 0;
    if (body.size() > begin) std::from_chars(body.data() + begin, body.data() + body.size(), number);
    return body == body_of(number) ? number : 0;
}

class Lines {
public:
    explicit Lines(const char* path) : file_(open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
        require(file_ >= 0, std::string("cannot write ") + path);
    }
    ~Lines() { ::close(file_); }
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;
    void add(std::uint64_t number) const {
        const std::string line = number != 0 ? std::to_string(number) + "\n" : "wrong\n";
        require(write(file_, line.data(), line.size()) == static_cast<ssize_t>(line.size()), "a line is not written");
    }

private:
    const int file_;
};

void produce(Queue& queue, const Lines& lines, std::uint64_t first, std::uint64_t count, unsigned each) {
    constexpr std::uint64_t in_flight = 256;
    const auto hear = [&](std::uint64_t number) {
        if (queue.answer(number) == FLOWRUN_OK) lines.add(number);
    };
    std::uint64_t heard = first, next = first;
    for (; next < first + count && !ends; ++next) {
        require(queue.push(next, body_of(next)) >= 0, "a push was refused");
        if (next >= heard + in_flight) hear(heard++);
        if (each != 0) std::this_thread::sleep_for(std::chrono::microseconds(each));
    }
    while (heard < next) hear(heard++);
}

void deal_with(Queue& queue, const Lines& lines, const Taken& one) {
    const std::uint64_t number = number_of(one.body);
    if (number != 0 && number % 32 == 0) return queue.reject(one.lease);
    if (number % 16 == 0 && one.attempts == 0) return queue.nack(one.lease, 0, 1);
    lines.add(number);
    queue.ack(one.lease);
}

void consume(Queue& queue, const Lines& lines) {
    std::uint64_t idle = queue.idle();
    while (!ends && queue.idle() < idle + 2 && queue.broken().empty()) {
        const auto some = queue.take(8);
        for (const Taken& one : some) deal_with(queue, lines, one);
        if (some.empty()) queue.wait_a_moment();
        else idle = queue.idle();
    }
    require(queue.broken().empty(), queue.broken());
}

// Longer than the server has patience: the ack is told to have come too late, and the message is given out again.
void sit(Queue& queue, const Lines& lines, unsigned seconds) {
    const Taken one = queue.take_all(1)[0];
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    queue.ack(one.lease);
    queue.settled(1);
    std::printf("%s\n", queue.settled_well() ? "it was acked" : "its lease was over");
    for (const std::string& notice : queue.notices()) std::printf("%s\n", notice.c_str());
    consume(queue, lines);
}

void dead(const flowrun_queue_table& table, const std::string& url, const std::string& name, const Lines& lines) {
    std::string why;
    const auto add = [](void* user, const flowrun_queue_item* item) {
        static_cast<const Lines*>(user)->add(number_of(string_of(item->body)));
    };
    require(table.peek(text_of(url), text_of(name), FLOWRUN_SELECT_DEAD, 0, 1'000'000, add, const_cast<Lines*>(&lines),
                       keep_text, &why) >= 0,
            why);
}

std::uint64_t whole(const char* text) { return std::strtoull(text, nullptr, 10); }

}  // namespace

int main(int argc, char** argv) {
    if (argc < 6) {
        std::fprintf(stderr, "usage: queue-worker PLUGIN.so URL NAME produce|consume|sit|dead FILE [NUMBER…]\n");
        return 64;
    }
    struct sigaction on_term{};
    on_term.sa_handler = [](int) { ends = true; };
    sigaction(SIGTERM, &on_term, nullptr);
    const flowrun_queue_table* const table = table_of(argv[1]);
    if (table == nullptr) return 69;
    const std::string url = argv[2], name = argv[3], verb = argv[4];
    try {
        const Lines lines(argv[5]);
        constexpr std::int64_t lease = 2'000'000'000;
        if (verb == "dead") return dead(*table, url, name, lines), 0;
        Queue queue(*table, url, name, 0, lease,
                    verb != "produce" ? FLOWRUN_QUEUE_UNTIL_EMPTY : FLOWRUN_QUEUE_ONLY_PUSHED);
        if (verb == "consume") consume(queue, lines);
        else if (verb == "sit" && argc == 7) sit(queue, lines, static_cast<unsigned>(whole(argv[6])));
        else if (argc == 9)
            produce(queue, lines, whole(argv[6]), whole(argv[7]), static_cast<unsigned>(whole(argv[8])));
        else return 64;
    } catch (const Failed& why) {
        std::fprintf(stderr, "queue-worker: %s\n", why.what());
        return 1;
    }
    return 0;
}
