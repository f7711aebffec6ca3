#include "base/mutex.hh"

#include <atomic>
#include <csignal>
#include <string>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/mutex_lock.hh"
#include "base/spin_lock.hh"
#include "base/virtual.hh"

using namespace flowrun;

TEST_CASE("a lock that is let go for a while is taken again, and once only at its end") {
    Mutex mutex(LockRank::thread);
    AdaptiveMutex adaptive(LockRank::world);
    int turns = 0;
    {
        MutexLock lock(mutex);
        lock.unlock();
        std::thread([&] {
            MutexLock other(mutex);
            ++turns;
        }).join();
        lock.lock();
        const MutexLock inner(adaptive);
    }
    {
        MutexLock lock(adaptive);
        lock.unlock();
    }
    const MutexLock outer(mutex);
    const MutexLock inner(adaptive);
    CHECK(turns == 1);
}

TEST_CASE("a wait of a world lets go of the mutex it is given") {
    Virtual world(1);
    Mutex mutex(LockRank::thread);
    Condition condition;
    bool told = false;
    auto thread = world.start("tells", [&] {
        const MutexLock lock(mutex);
        told = true;
        world.wake_all(condition);
    });
    MutexLock lock(mutex);
    while (!told) world.wait(condition, lock, never);
    CHECK_FALSE(world.wait(condition, lock, world.now() + second));
    lock.unlock();
}

TEST_CASE("one thread at a time is in a spin lock") {
    SpinLock lock(LockRank::room);
    int sum = 0;
    auto add = [&] {
        for (int i = 0; i < 10'000; ++i) {
            const SpinLocked locked(lock);
            ++sum;
        }
    };
    std::thread one(add), other(add);
    one.join();
    other.join();
    CHECK(sum == 20'000);
}

#ifdef NDEBUG

static_assert(sizeof(Mutex) == sizeof(std::mutex));
static_assert(sizeof(AdaptiveMutex) == sizeof(std::mutex));
static_assert(sizeof(SpinLock) == 1);

#else

namespace {

// What it says as it is aborted; empty: it was not.
template <class F>
std::string last_words(F&& fatal) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const rlimit no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        std::signal(SIGABRT, SIG_DFL);
        ::dup2(ends[1], STDERR_FILENO);
        fatal();
        ::_exit(0);
    }
    ::close(ends[1]);
    std::string words;
    char some[256];
    for (ssize_t n = 0; (n = ::read(ends[0], some, sizeof some)) > 0;) words.append(some, static_cast<std::size_t>(n));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT ? words : std::string();
}

}  // namespace

TEST_CASE("locks are taken in the order of their ranks, and let go in any") {
    CHECK(last_words([] {
              Mutex edge(LockRank::edge), thread(LockRank::thread);
              SpinLock room(LockRank::room);
              edge.lock();
              thread.lock();
              edge.unlock();
              room.lock();
              thread.unlock();
              room.unlock();
              edge.lock();
              edge.unlock();
          }).empty());
}

TEST_CASE("a lock of a lower rank than one that is held is refused, whatever its kind") {
    const std::string told = "lock order: edge is taken while the thread holds thread (base/lock_rank.hh)\n";
    Mutex thread(LockRank::thread);
    CHECK(last_words([&] {
              Mutex edge(LockRank::edge);
              const MutexLock outer(thread), inner(edge);
          }) == told);
    CHECK(last_words([&] {
              AdaptiveMutex edge(LockRank::edge);
              const MutexLock outer(thread), inner(edge);
          }) == told);
    CHECK(last_words([&] {
              SpinLock edge(LockRank::edge);
              const MutexLock outer(thread);
              const SpinLocked inner(edge);
          }) == told);
}

TEST_CASE("of two locks of one rank a thread holds one") {
    CHECK(last_words([] {
              Mutex one(LockRank::thread), other(LockRank::thread);
              const MutexLock outer(one), inner(other);
          }) == "lock order: thread is taken while the thread holds thread (base/lock_rank.hh)\n");
}

TEST_CASE("another thread's locks are no matter") {
    CHECK(last_words([] {
              Mutex edge(LockRank::edge), thread(LockRank::thread);
              const MutexLock outer(thread);
              std::thread([&] { const MutexLock lock(edge); }).join();
          }).empty());
}

TEST_CASE("who waits holds no lock but the one he waits with") {
    CHECK(last_words([] {
              Virtual world(1);
              Mutex edge(LockRank::edge), thread(LockRank::thread);
              Condition condition;
              const MutexLock outer(edge);
              MutexLock lock(thread);
              world.wait(condition, lock, 1);
          }) == "lock order: thread is waited with while the thread holds edge (base/lock_rank.hh)\n");
}

TEST_CASE("a lock that has to be held and is not is named") {
    Mutex edge(LockRank::edge);
    CHECK(last_words([&] { edge.must_be_held(); }) ==
          "lock order: edge is not held, but has to be (base/lock_rank.hh)\n");
    CHECK(last_words([&] {
              const MutexLock lock(edge);
              edge.must_be_held();
          }).empty());
}

#endif
