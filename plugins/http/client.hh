#pragma once
// Performs requests: one thread for all nodes of the process, over libcurl's multi interface and epoll.

#include "client_request.hh"

#include <curl/curl.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

namespace flowrun::http {

class Client {
public:
    // The one of the process; it lives while a node holds it. Throws Failure.
    static std::shared_ptr<Client> shared(sdk::Node node);
    explicit Client(sdk::Node node);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    // Any thread.
    void take(std::unique_ptr<ClientRequest> request);
    // Any thread: requests of `configuration` fail as cancelled, also ones that come later. Returns when none is left.
    void drop(const RequestConfiguration& configuration);

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

    void make_multi();
    void run();
    void watch(int fd);
    void serve(int fd, std::uint32_t events);
    void act(curl_socket_t socket, int ready);
    void begin_anew(CURLMcode why);
    template <class Which>
    void end(Which which, const sdk::Failure& failure);
    void end_forgotten();
    void wake();
    void begin_new();
    void begin(std::unique_ptr<ClientRequest> request);
    void drop_asked();
    void collect();

    const sdk::Node node_;  // for its clock, which is the same for all nodes
    Descriptor epoll_, event_, timer_;
    std::unique_ptr<CURLM, Free> multi_;
    std::unordered_set<ClientRequest*> under_way_;
    int unwatched_ = 0;         // why a descriptor could not be watched; 0: all are
    std::int64_t look_at_ = 0;  // when to look for what is overdue
    sdk::Builder builder_;

    std::mutex mutex_;  // guards all below
    std::condition_variable dropped_;
    std::vector<std::unique_ptr<ClientRequest>> new_;
    std::vector<const RequestConfiguration*> to_drop_;
    bool over_ = false;

    std::thread thread_;  // last: it uses all of the above
};

}  // namespace flowrun::http
