// P7: handlers that each wait a second, all begun at once.
//   p7 heap COUNT    a heap of times, no stack and no allocation each: the least there is
//   p7 asio COUNT    a Boost.Asio coroutine with a timer each

#include <chrono>
#include <cstdlib>
#include <functional>
#include <queue>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "bench.hh"

namespace {

using Steady = std::chrono::steady_clock;
constexpr auto pause = std::chrono::seconds(1);

int by_heap(int count) {
    using Due = std::pair<Steady::time_point, int>;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due;
    for (int i = 0; i < count; ++i) due.emplace(Steady::now() + pause, i);
    int done = 0;
    while (!due.empty()) {
        std::this_thread::sleep_until(due.top().first);
        const auto now = Steady::now();
        for (; !due.empty() && due.top().first <= now; due.pop()) ++done;
    }
    return done;
}

boost::asio::awaitable<void> handler(boost::asio::io_context& io, int& done) {
    boost::asio::steady_timer timer(io, pause);
    co_await timer.async_wait(boost::asio::use_awaitable);
    ++done;
}

int by_asio(int count) {
    boost::asio::io_context io(1);
    int done = 0;
    for (int i = 0; i < count; ++i) boost::asio::co_spawn(io, handler(io, done), boost::asio::detached);
    io.run();
    return done;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 64;
    const std::string_view how = argv[1];
    const int count = std::atoi(argv[2]);
    const double begun = bench::now();
    if ((how == "heap" ? by_heap(count) : by_asio(count)) != count) return 1;
    bench::report(1, bench::now() - begun);
    return 0;
}
