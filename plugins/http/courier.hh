#pragma once
// Performs transfers: one thread for all nodes of the process, over libcurl's multi interface and epoll.

#include "transfer.hh"

#include <curl/curl.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

namespace flowrun::http {

class Courier {
public:
    // The one of the process; it lives while a node holds it. Throws Failure.
    static std::shared_ptr<Courier> shared(sdk::Node node);
    explicit Courier(sdk::Node node);
    Courier(const Courier&) = delete;
    Courier& operator=(const Courier&) = delete;
    ~Courier();

    // Any thread.
    void take(std::unique_ptr<Transfer> transfer);
    // Any thread: those of `habits` fail as cancelled, and so do those that come later. Returns when none is left here.
    void drop(const Habits& habits);

private:
    class Descriptor {
    public:
        explicit Descriptor(int fd) : fd_(fd) {}
        Descriptor(const Descriptor&) = delete;
        Descriptor& operator=(const Descriptor&) = delete;
        ~Descriptor();
        int get() const { return fd_; }

    private:
        int fd_;
    };
    struct Free {
        void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
    };

    static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known);
    static int on_timer(CURLM*, long wait, void* self);

    void run();
    void watch(int fd);
    void serve(int fd, std::uint32_t events);
    void wake();
    void begin_new();
    void begin(std::unique_ptr<Transfer> transfer);
    void drop_asked();
    void collect();

    Descriptor epoll_, event_, timer_;
    std::unique_ptr<CURLM, Free> multi_;
    std::unordered_set<Transfer*> under_way_;
    sdk::Builder builder_;

    std::mutex mutex_;  // guards all below
    std::condition_variable dropped_;
    std::vector<std::unique_ptr<Transfer>> new_;
    std::vector<const Habits*> to_drop_;
    bool over_ = false;

    std::thread thread_;  // last: it uses all of the above
};

}  // namespace flowrun::http
