#include "client.hh"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "status.hh"

namespace flowrun::http {

using namespace sdk;

namespace {

// Signals are the runner's: a thread that is begun with them blocked never gets one.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_;
};

}  // namespace

Client::Descriptor::~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
}

std::shared_ptr<Client> Client::shared(Node node) {
    static std::mutex mutex;
    static std::weak_ptr<Client> only;
    const std::lock_guard lock(mutex);
    auto client = only.lock();
    if (!client) only = client = std::make_shared<Client>(node);
    return client;
}

Client::Client(Node node)
    : node_(node), epoll_(::epoll_create1(EPOLL_CLOEXEC)), event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)), builder_(node.values()) {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (ready == CURLE_OK) make_multi();
    if (!multi_) throw Failure(Status::unavailable, "libcurl could not be made ready");
    watch(event_.get());
    watch(timer_.get());
    const SignalsBlocked blocked;
    thread_ = std::thread([this] { run(); });
}

void Client::make_multi() {
    multi_.reset(curl_multi_init());
    if (!multi_) return;
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &Client::on_socket);
    curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, static_cast<void*>(this));
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &Client::on_timer);
    curl_multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, static_cast<void*>(this));
}

void Client::watch(int fd) {
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &wanted) == 0) return;
    throw Failure(Status::unavailable, std::string("no descriptor to wait for servers: ") + std::strerror(errno));
}

Client::~Client() {
    {
        const std::lock_guard lock(mutex_);
        over_ = true;
    }
    wake();
    thread_.join();
}

void Client::wake() {
    const std::uint64_t one = 1;
    (void)!::write(event_.get(), &one, sizeof one);
}

void Client::take(std::unique_ptr<ClientRequest> request) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        first = new_.empty();
        new_.push_back(std::move(request));
    }
    if (first) wake();
}

void Client::drop(const RequestConfiguration& configuration) {
    std::unique_lock lock(mutex_);
    to_drop_.push_back(&configuration);
    wake();
    dropped_.wait(lock, [&] { return std::find(to_drop_.begin(), to_drop_.end(), &configuration) == to_drop_.end(); });
}

int Client::on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* known) {
    auto& mine = *static_cast<Client*>(self);
    if (what == CURL_POLL_REMOVE) {
        (void)::epoll_ctl(mine.epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
        return 0;
    }
    epoll_event wanted{};
    wanted.data.fd = socket;
    if ((what & CURL_POLL_IN) != 0) wanted.events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) wanted.events |= EPOLLOUT;
    const int how = known != nullptr ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    const int other = how == EPOLL_CTL_ADD ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (::epoll_ctl(mine.epoll_.get(), how, socket, &wanted) != 0 &&
        ::epoll_ctl(mine.epoll_.get(), other, socket, &wanted) != 0) {
        // Not by the result: to libcurl that is the end of all that is under way.
        const int error = errno;
        char* request = nullptr;
        (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &request);
        if (request != nullptr) reinterpret_cast<ClientRequest*>(request)->cannot_wait(error);
        mine.unwatched_ = error;
    }
    curl_multi_assign(mine.multi_.get(), socket, self);
    return 0;
}

int Client::on_timer(CURLM*, long wait, void* self) {
    auto& mine = *static_cast<Client*>(self);
    itimerspec when{};  // zero: not at all
    if (wait == 0) when.it_value.tv_nsec = 1;
    if (wait > 0) when.it_value = {wait / 1000, wait % 1000 * 1'000'000};
    (void)::timerfd_settime(mine.timer_.get(), 0, &when, nullptr);
    return 0;
}

void Client::run() {
    std::array<epoll_event, 64> events;
    constexpr int a_second = 1000;
    for (;;) {
        const int patience = under_way_.empty() ? -1 : a_second;
        const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), patience);
        for (int i = 0; i < count; ++i) {
            serve(events[static_cast<std::size_t>(i)].data.fd, events[static_cast<std::size_t>(i)].events);
        }
        collect();
        begin_new();
        end_forgotten();
        drop_asked();
        const std::lock_guard lock(mutex_);
        if (over_) return;
    }
}

void Client::serve(int fd, std::uint32_t events) {
    int ready = 0;
    if (fd == event_.get() || fd == timer_.get()) {
        std::uint64_t ignored = 0;
        (void)!::read(fd, &ignored, sizeof ignored);
        if (fd == timer_.get()) act(CURL_SOCKET_TIMEOUT, 0);
        return;
    }
    if ((events & EPOLLIN) != 0) ready |= CURL_CSELECT_IN;
    if ((events & EPOLLOUT) != 0) ready |= CURL_CSELECT_OUT;
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) ready |= CURL_CSELECT_ERR;
    act(fd, ready);
}

void Client::act(curl_socket_t socket, int ready) {
    if (!multi_) return;
    int running = 0;
    const CURLMcode code = curl_multi_socket_action(multi_.get(), socket, ready, &running);
    if (code != CURLM_OK && code != CURLM_BAD_SOCKET) begin_anew(code);
}

// What libcurl has lost track of would never end. All that is under way fails, and the next request finds another libcurl.
void Client::begin_anew(CURLMcode why) {
    collect();
    end([](const ClientRequest&) { return true; },
        Failure(Status::unavailable, std::string("the request was lost: ") + curl_multi_strerror(why)));
    multi_.reset();
}

template <class Which>
void Client::end(Which which, const Failure& failure) {
    for (auto at = under_way_.begin(); at != under_way_.end();) {
        if (!which(**at)) {
            ++at;
            continue;
        }
        const std::unique_ptr<ClientRequest> request(*at);
        at = under_way_.erase(at);
        curl_multi_remove_handle(multi_.get(), request->easy());
        request->fail(failure);
    }
}

// What nothing will wake any more: its descriptor is not watched, or libcurl's own timer has not ended it.
void Client::end_forgotten() {
    if (const int error = std::exchange(unwatched_, 0); error != 0) {
        end([](const ClientRequest& request) { return request.unwatched() != 0; },
            Failure(Status::unavailable, std::string("cannot wait for the server: ") + std::strerror(error)));
    }
    constexpr std::int64_t a_second = 1'000'000'000;
    const std::int64_t now = node_.now();
    if (now < look_at_) return;
    look_at_ = now + a_second;
    end([now](const ClientRequest& request) { return request.is_overdue(now); },
        Failure(Status::timeout, text_of(CURLE_OPERATION_TIMEDOUT, {})));
}

void Client::begin_new() {
    std::vector<std::unique_ptr<ClientRequest>> all;
    {
        const std::lock_guard lock(mutex_);
        all.swap(new_);
    }
    for (auto& request : all) begin(std::move(request));
}

void Client::begin(std::unique_ptr<ClientRequest> request) {
    if (!multi_) make_multi();
    ClientRequest& mine = *request;
    under_way_.insert(request.release());
    if (multi_ && curl_multi_add_handle(multi_.get(), mine.easy()) == CURLM_OK) return;
    request.reset(&mine);
    under_way_.erase(&mine);
    request->fail(Failure(Status::unavailable, "libcurl would not take the request"));
}

void Client::drop_asked() {
    std::vector<const RequestConfiguration*> asked;
    {
        const std::lock_guard lock(mutex_);
        asked = to_drop_;
    }
    if (asked.empty()) return;
    end(
        [&](const ClientRequest& request) {
            return std::find(asked.begin(), asked.end(), &request.configuration()) != asked.end();
        },
        Failure(Status::cancelled, "the run ended before the response came"));
    const std::lock_guard lock(mutex_);
    to_drop_.erase(to_drop_.begin(), to_drop_.begin() + static_cast<std::ptrdiff_t>(asked.size()));
    dropped_.notify_all();
}

void Client::collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const CURLcode result = message->data.result;
        CURL* const easy = message->easy_handle;
        char* mine = nullptr;
        (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &mine);
        curl_multi_remove_handle(multi_.get(), easy);
        std::unique_ptr<ClientRequest> request(reinterpret_cast<ClientRequest*>(mine));
        under_way_.erase(request.get());
        bool again = false;
        try {
            again = request->follow(result, builder_);
        } catch (const Failure& failure) {
            request->fail(failure);
            continue;
        }
        if (again) begin(std::move(request));
        else ClientRequest::finish(std::move(request), result, builder_);
    }
}

}  // namespace flowrun::http
