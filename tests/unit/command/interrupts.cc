// Real signals to this process, while a run of the engine's stage goes on.

#include "command/interrupts.hh"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <thread>

#include "../engine/stage.hh"
#include "capture.hh"

using namespace flowrun;
using namespace flowrun::command;
using engine::test::Stage;

namespace {

constexpr const char* yaml =
    "nodes: { ticks: { uses: source }, slow: { uses: node } }\n"
    "edges: [ticks ~> slow]\n";

// However this program was started: a shell ignores SIGINT for what it starts in the background.
struct Disposition {
    Disposition(int number, void (*how)(int)) : number_(number), before_(::signal(number, how)) {}
    ~Disposition() { ::signal(number_, before_); }
    int number_;
    void (*before_)(int);
};

void pause(int milliseconds) { std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds)); }
bool within(int milliseconds, const std::function<bool()>& done) {
    for (; milliseconds > 0 && !done(); --milliseconds) pause(1);
    return done();
}
void send(int number) { ::kill(::getpid(), number); }

// A run whose source goes on until it is stopped, and whose messages take `each` to handle.
struct Scene {
    Stage stage;
    std::atomic<int> handled = 0;
    // Destroyed last: the machine tells it of signals.
    Interrupts interrupts;
    Machine machine;

    explicit Scene(Duration each) {
        stage.options.drain_timeout = 60 * second;
        stage.roles["ticks"] = Stage::numbers(1'000'000, 5 * millisecond);
        stage.roles["slow"].handle = [this, each](const flowrun_host& host, flowrun_call* call, const flowrun_value*) {
            const std::int32_t status = host.sleep(call, each);
            handled.fetch_add(1);
            return status;
        };
    }
    engine::Outcome play(const std::function<void()>& meanwhile) {
        return stage.run(machine, yaml, [&](engine::Runner& runner) {
            interrupts.begin(runner);
            REQUIRE(interrupts.listen(machine));
            pause(50);
            meanwhile();
        });
    }
};

// What a child comes to: its exit code, or minus the signal that killed it.
int in_child(const std::function<void()>& act) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const Capture quiet(2);
        act();
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace

TEST_CASE("signals within a tenth of a second of one another count once: the run drains") {
    for (const int number : {SIGINT, SIGTERM}) {
        const Disposition usual(number, SIG_DFL);
        Scene scene(10 * millisecond);
        const engine::Outcome outcome = scene.play([&] {
            send(number);
            REQUIRE(within(2000, [&] { return scene.interrupts.signal() == number; }));
            send(number == SIGINT ? SIGTERM : SIGINT);
            pause(20);
            send(number);
        });
        scene.interrupts.end();
        CHECK(scene.interrupts.signal() == number);
        CHECK(outcome.stopped);
        CHECK(outcome.drained);
        CHECK(outcome.ledger.edges.at(0).ok == outcome.ledger.edges.at(0).accepted);
    }
}

TEST_CASE("a later second signal ends the run at once, and every message is accounted for") {
    const Disposition usual(SIGTERM, SIG_DFL);
    Scene scene(3600 * second);
    const engine::Outcome outcome = scene.play([&] {
        send(SIGTERM);
        pause(150);
        send(SIGTERM);
    });
    scene.interrupts.end();
    CHECK(scene.interrupts.signal() == SIGTERM);
    CHECK_FALSE(outcome.drained);
    CHECK_FALSE(outcome.hung);
    CHECK(outcome.took < 5 * second);
    // Whether what a worker had taken by then counts as failed or as left is the engine's affair; it is counted.
    const engine::Account& account = outcome.ledger.edges.at(0);
    CHECK(account.ok == 0);
    CHECK(account.accepted > 1);
    CHECK(account.failed + account.left == account.accepted);
}

TEST_CASE("a third signal ends the process, whatever holds the run up") {
    CHECK(in_child([] {
              const Disposition usual(SIGINT, SIG_DFL);
              Scene scene(0);
              // Foreign code that does not look: the second signal cannot end it.
              scene.stage.roles["slow"].handle = [](const flowrun_host&, flowrun_call*, const flowrun_value*) {
                  pause(30'000);
                  return FLOWRUN_OK;
              };
              scene.play([&] {
                  for (int i = 0; i < 3; ++i) {
                      send(SIGINT);
                      pause(150);
                  }
                  pause(10'000);
              });
          }) == -SIGINT);
}

TEST_CASE("without a run a signal ends the process") {
    for (const int number : {SIGINT, SIGTERM}) {
        CHECK(in_child([&] {
                  const Disposition usual(number, SIG_DFL);
                  Interrupts interrupts;
                  Machine machine;
                  REQUIRE(interrupts.listen(machine));
                  send(number);
                  pause(10'000);
              }) == (number == SIGINT ? -SIGINT : 128 + number));
    }
}

TEST_CASE("a SIGINT that was ignored when the process began stays ignored") {
    const Disposition ignored(SIGINT, SIG_IGN);
    const Disposition usual(SIGTERM, SIG_DFL);
    Scene scene(0);
    const engine::Outcome outcome = scene.play([&] {
        send(SIGINT);
        pause(50);
        CHECK(scene.interrupts.signal() == 0);
        send(SIGTERM);
    });
    scene.interrupts.end();
    CHECK(scene.interrupts.signal() == SIGTERM);
    CHECK(outcome.drained);
}

TEST_CASE("a reader that has gone stops the run, which is no signal; afterwards there is none to stop") {
    Scene scene(0);
    const engine::Outcome outcome = scene.play([&] { scene.interrupts.reader_gone(); });
    scene.interrupts.end();
    CHECK(outcome.stopped);
    CHECK(outcome.drained);
    CHECK(scene.interrupts.reader_is_gone());
    CHECK(scene.interrupts.signal() == 0);
    scene.interrupts.reader_gone();
}

TEST_CASE("SIGUSR1 tells what everybody is doing, and the run goes on") {
    const Disposition usual(SIGTERM, SIG_DFL);
    Scene scene(0);
    std::string told;
    const engine::Outcome outcome = scene.play([&] {
        const Capture err(2);
        send(SIGUSR1);
        within(2000, [&] { return !err.text().empty(); });
        pause(10);
        told = err.text();
        const int before = scene.handled;
        CHECK(within(2000, [&] { return scene.handled > before; }));
        send(SIGTERM);
    });
    scene.interrupts.end();
    INFO(told);
    CHECK(told.find("ticks.out ~> slow: 0 queued") != std::string::npos);
    CHECK(told.find("slow: ready") != std::string::npos);
    CHECK(outcome.drained);
}
