// Processes: from their start until nothing is left of them. In real time, with /bin/sh.

#include "child.hh"

#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "loop.hh"
#include "node_processes.hh"

using namespace flowrun::core::exec;
using namespace std::chrono_literals;

namespace {

Command shell(const std::string& script, const std::string& cwd = {}) {
    Command command;
    command.path = "/bin/sh";
    command.argv = {"sh", "-c", script};
    command.base = std::make_shared<const Environment>(Environment::inherited());
    command.cwd = cwd;
    return command;
}

// What a process has printed, and how it ended.
class Owner final : public Child::Owner {
public:
    void printed(std::string_view text) override {
        const std::lock_guard lock(mutex_);
        out_.append(text);
        changed_.notify_all();
    }
    void complained(std::string_view text) override {
        const std::lock_guard lock(mutex_);
        err_.append(text);
    }
    void ended(const Ending& ending) override {
        const std::lock_guard lock(mutex_);
        ending_ = ending;
        changed_.notify_all();
    }
    bool wait(std::chrono::milliseconds most = 20s) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, most, [&] { return ending_.has_value(); });
    }
    bool wait_for(std::string_view text) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 20s, [&] { return out_.find(text) != out_.npos; });
    }
    std::string out() {
        const std::lock_guard lock(mutex_);
        return out_;
    }
    std::string err() {
        const std::lock_guard lock(mutex_);
        return err_;
    }
    const Ending& ending() const { return *ending_; }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string out_, err_;
    std::optional<Ending> ending_;
};

// One process on a loop of its own.
class Started {
public:
    explicit Started(Command command, std::string input = {}, std::int64_t kill_after = milliseconds(200))
        : command_(std::move(command)), input_(std::move(input)) {
        Child::Wishes wishes;
        wishes.input = !input_.empty();
        wishes.output = true;
        wishes.kill_after = kill_after;
        on_loop([&] {
            auto child = std::make_unique<Child>(loop_, processes, wishes);
            child_ = child.get();
            failure = Child::start(std::move(child), command_, input_, owner);
        });
    }
    template <class Act>
    void on_loop(Act act) {
        std::promise<void> done;
        loop_.post([&] {
            act();
            done.set_value();
        });
        done.get_future().wait();
    }
    Child& child() { return *child_; }

    std::shared_ptr<NodeProcesses> processes = std::make_shared<NodeProcesses>();
    std::shared_ptr<Owner> owner = std::make_shared<Owner>();
    std::optional<flowrun::sdk::Failure> failure;

private:
    const Command command_;
    const std::string input_;
    Child* child_ = nullptr;
    Loop loop_;
};

}  // namespace

TEST_CASE("what a process prints is given, and how it ended") {
    Started one(shell("echo out; echo err >&2; exit 3"));
    REQUIRE_FALSE(one.failure);
    REQUIRE(one.owner->wait());
    CHECK(one.owner->out() == "out\n");
    CHECK(one.owner->err() == "err\n");
    CHECK_FALSE(one.owner->ending().by_signal);
    CHECK(one.owner->ending().number == 3);
    CHECK(one.owner->ending().errors.text() == "err\n");
}

TEST_CASE("a process reads its input, however long, and its end") {
    const std::string much(1'000'000, 'x');
    Started one(shell("wc -c"), much);
    REQUIRE(one.owner->wait());
    CHECK(one.owner->out().find("1000000") != std::string::npos);
    Started none(shell("wc -c"));  // /dev/null
    REQUIRE(none.owner->wait());
    CHECK(none.owner->out().find('0') != std::string::npos);
}

TEST_CASE("a process that does not read its input is no error") {
    Started one(shell("exec <&-; echo done"), std::string(1'000'000, 'x'));
    REQUIRE(one.owner->wait());
    CHECK(one.owner->out() == "done\n");
    CHECK(one.owner->ending().number == 0);
}

TEST_CASE("a process runs in its folder, and one that is not there is told") {
    Started one(shell("pwd", "/"));
    REQUIRE(one.owner->wait());
    CHECK(one.owner->out() == "/\n");
    const Started gone(shell("pwd", "/no/such/folder"));
    REQUIRE(gone.failure);
    CHECK(std::string(gone.failure->what()) == "cannot run 'sh' in '/no/such/folder': No such file or directory");
}

TEST_CASE("a program that cannot be started is told") {
    Command command = shell("");
    command.path = "/no/such/program";
    const Started one(command);
    REQUIRE(one.failure);
    CHECK(one.failure->code() == flowrun::sdk::Status::permanent);
}

TEST_CASE("a process that is told to end may tidy up first") {
    Started one(shell("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.05; done"), {},
                milliseconds(10'000));
    REQUIRE(one.owner->wait_for("ready"));
    one.on_loop([&] { one.child().terminate(); });
    REQUIRE(one.owner->wait());
    CHECK(one.owner->out() == "ready\nbye\n");
    CHECK(one.owner->ending().number == 7);
}

TEST_CASE("a process that does not listen is killed after a while") {
    Started one(shell("trap '' TERM; echo ready; while :; do sleep 0.05; done"), {}, milliseconds(100));
    REQUIRE(one.owner->wait_for("ready"));
    one.on_loop([&] { one.child().terminate(); });
    REQUIRE(one.owner->wait());
    CHECK(one.owner->ending().by_signal);
    CHECK(one.owner->ending().number == SIGKILL);
}

TEST_CASE("a process that is hurried is killed sooner") {
    Started one(shell("trap '' TERM; echo ready; while :; do sleep 0.05; done"), {}, milliseconds(3'600'000));
    REQUIRE(one.owner->wait_for("ready"));
    one.on_loop([&] {
        one.child().terminate();
        one.child().hurry(milliseconds(50));
    });
    CHECK(one.owner->wait());
}

TEST_CASE("what a process has left behind in its group ends with it") {
    Started one(shell("sleep 1000 & echo $!"));
    REQUIRE(one.owner->wait());
    CHECK_FALSE(one.owner->ending().by_signal);
    const pid_t left = std::stoi(one.owner->out());
    const auto gone = [&] { return ::kill(left, 0) != 0; };
    for (int i = 0; i < 400 && !gone(); ++i) ::usleep(50'000);
    CHECK(gone());
}

TEST_CASE("while its output is held a process waits") {
    Started one(
        shell("echo ready; i=0; while [ $i -lt 20000 ]; do echo 0123456789012345678901234567890123456789; "
              "i=$((i+1)); done"));
    REQUIRE(one.owner->wait_for("ready"));
    one.on_loop([&] { one.child().hold_output(true); });
    CHECK_FALSE(one.owner->wait(300ms));
    one.on_loop([&] { one.child().hold_output(false); });
    REQUIRE(one.owner->wait());
    CHECK(one.owner->out().size() == 6 + 20'000 * 41);
}

TEST_CASE("a process whose output is shut cannot print any more") {
    Started one(shell("echo ready; while echo more; do :; done; exit 5"));
    REQUIRE(one.owner->wait_for("ready"));
    one.on_loop([&] { one.child().shut_output(); });
    REQUIRE(one.owner->wait());
    const Ending& ending = one.owner->ending();
    CHECK((ending.by_signal ? ending.number == SIGPIPE : ending.number != 0));
}

TEST_CASE("a process outlives an owner that has left, and is counted until it ends") {
    Started one(shell("echo ready; sleep 0.2; echo more"));
    REQUIRE(one.owner->wait_for("ready"));
    one.on_loop([&] { one.child().leave(); });
    CHECK(one.processes->wait());
    CHECK(one.owner->out() == "ready\n");
}

TEST_CASE("processes are waited for until a while after the stop") {
    NodeProcesses none;
    none.stop();
    CHECK(none.wait());
    CHECK(none.stopped());

    NodeProcesses one;
    one.joined();
    one.stop();
    CHECK_FALSE(one.wait());
    one.left();
    CHECK(one.wait());
}

TEST_CASE("a loop runs what is posted in order, and the least busy one takes the next") {
    const auto loops = Loops::shared();
    CHECK(Loops::shared() == loops);
    Loop& busy = loops->least_busy();
    busy.add_load(5);
    if (loops->all().size() > 1) CHECK(&loops->least_busy() != &busy);
    busy.add_load(-5);
    CHECK(busy.load() == 0);
    std::string order;
    std::promise<void> done;
    for (int i = 0; i < 50; ++i) busy.post([&order, i] { order += static_cast<char>('0' + i % 10); });
    busy.post([&] { done.set_value(); });
    done.get_future().wait();
    CHECK(order == "01234567890123456789012345678901234567890123456789");
}

TEST_CASE("a time beyond the last is never") {
    CHECK(after(5, 6) == 11);
    CHECK(after(never - 1, 1) == never);
    CHECK(after(never - 1, 2) == never);
    CHECK(after(never, 1) == never);
}
