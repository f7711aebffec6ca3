#include "client.hh"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "broker/session.hh"

namespace flowrun::sqs {
namespace {

constexpr std::size_t largest_answer = std::size_t{128} << 20;  // ten messages of 1 MiB, each byte of them escaped
constexpr std::size_t most_idle = 32;

void set_up(CURL* easy, const std::string& url, const std::string& ca) {
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    if (!ca.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, ca.c_str());
}

}  // namespace

struct Client::Request {
    Number number;
    CURL* easy;
    curl_slist* headers;
    std::string body;  // libcurl has no copy of it
    std::string answer;
    Done done;

    Request(Number n, CURL* with, std::string text, Done then)
        : number(n), easy(with), headers(nullptr), body(std::move(text)), done(std::move(then)) {}
    ~Request() { curl_slist_free_all(headers); }
    Request(const Request&) = delete;
    Request& operator=(const Request&) = delete;
};

Client::Client(std::string url, std::string ca)
    : url_(std::move(url)), ca_(std::move(ca)), epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
      multi_(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_multi_init() : nullptr) {
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.fd = timer_;
    if (multi_ == nullptr || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &wanted) != 0) {
        curl_multi_cleanup(multi_);
        ::close(timer_);
        ::close(epoll_);
        throw broker::Lost{"libcurl cannot be made ready, or there are no descriptors left"};
    }
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Client::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, static_cast<void*>(this));
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Client::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, static_cast<void*>(this));
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, static_cast<long>(most_idle));
}

Client::~Client() {
    while (!under_way_.empty()) drop(under_way_.begin()->first);
    for (CURL* const easy : idle_) curl_easy_cleanup(easy);
    curl_multi_cleanup(multi_);
    ::close(timer_);
    ::close(epoll_);
}

int Client::on_socket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
    const Client& mine = *static_cast<Client*>(self);
    if (what == CURL_POLL_REMOVE) {
        static_cast<void>(::epoll_ctl(mine.epoll_, EPOLL_CTL_DEL, socket, nullptr));
        return 0;
    }
    epoll_event wanted{};
    wanted.data.fd = socket;
    if ((what & CURL_POLL_IN) != 0) wanted.events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) wanted.events |= EPOLLOUT;
    const int how = known != nullptr ? EPOLL_CTL_MOD : EPOLL_CTL_ADD,
              other = known != nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    // One that cannot be watched ends by the time that its request is given.
    if (::epoll_ctl(mine.epoll_, how, socket, &wanted) != 0)
        static_cast<void>(::epoll_ctl(mine.epoll_, other, socket, &wanted));
    curl_multi_assign(mine.multi_, socket, self);
    return 0;
}

int Client::on_timer(CURLM*, long wait, void* self) {
    itimerspec when{};  // zero: not at all
    if (wait == 0) when.it_value.tv_nsec = 1;
    if (wait > 0) when.it_value = {wait / 1000, wait % 1000 * 1'000'000};
    static_cast<void>(::timerfd_settime(static_cast<Client*>(self)->timer_, 0, &when, nullptr));
    return 0;
}

std::size_t Client::on_data(char* data, std::size_t, std::size_t size, void* request) {
    std::string& answer = static_cast<Request*>(request)->answer;
    if (answer.size() + size > largest_answer) return 0;
    answer.append(data, size);
    return size;
}

CURL* Client::easy() {
    if (!idle_.empty()) {
        CURL* const one = idle_.back();
        idle_.pop_back();
        return one;
    }
    CURL* const made = curl_easy_init();
    if (made == nullptr) throw std::bad_alloc();
    set_up(made, url_, ca_);
    return made;
}

Client::Number Client::post(const std::vector<std::string>& headers, std::string body, long milliseconds, Done done) {
    CURL* const with = easy();
    auto request = std::make_unique<Request>(++last_, with, std::move(body), std::move(done));
    for (const std::string& header : headers) {
        curl_slist* const longer = curl_slist_append(request->headers, header.c_str());
        if (longer == nullptr) throw std::bad_alloc();
        request->headers = longer;
    }
    curl_easy_setopt(with, CURLOPT_HTTPHEADER, request->headers);
    curl_easy_setopt(with, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request->body.size()));
    curl_easy_setopt(with, CURLOPT_POSTFIELDS, request->body.data());
    curl_easy_setopt(with, CURLOPT_TIMEOUT_MS, milliseconds);
    curl_easy_setopt(with, CURLOPT_CONNECTTIMEOUT_MS,
                     milliseconds);  // a time of its own would be waited for on its own
    curl_easy_setopt(with, CURLOPT_WRITEFUNCTION, &Client::on_data);
    curl_easy_setopt(with, CURLOPT_WRITEDATA, static_cast<void*>(request.get()));
    curl_easy_setopt(with, CURLOPT_PRIVATE, static_cast<void*>(request.get()));
    under_way_.emplace(last_, std::move(request));
    if (curl_multi_add_handle(multi_, with) != CURLM_OK) throw broker::Lost{"libcurl would not take a request"};
    return last_;
}

std::unique_ptr<Client::Request> Client::release(Number number) {
    const auto found = under_way_.find(number);
    if (found == under_way_.end()) return nullptr;
    std::unique_ptr<Request> request = std::move(found->second);
    under_way_.erase(found);
    curl_multi_remove_handle(multi_, request->easy);
    if (idle_.size() < most_idle) idle_.push_back(request->easy);
    else curl_easy_cleanup(request->easy);
    return request;
}

void Client::drop(Number number) { release(number); }

void Client::finish(CURL* easy, CURLcode result) {
    char* mine = nullptr;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &mine);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    const std::unique_ptr<Request> request = release(reinterpret_cast<Request*>(mine)->number);
    if (!request) return;
    if (result == CURLE_OK) request->done({status, std::move(request->answer)});
    else request->done({0, curl_easy_strerror(result)});
}

void Client::work() {
    std::array<epoll_event, 32> events;
    const int count = ::epoll_wait(epoll_, events.data(), events.size(), 0);
    int running = 0;
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.fd == timer_) {
            std::uint64_t times = 0;
            static_cast<void>(!::read(timer_, &times, sizeof times));
            curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
            continue;
        }
        int ready = 0;
        if ((event.events & EPOLLIN) != 0) ready |= CURL_CSELECT_IN;
        if ((event.events & EPOLLOUT) != 0) ready |= CURL_CSELECT_OUT;
        if ((event.events & (EPOLLERR | EPOLLHUP)) != 0) ready |= CURL_CSELECT_ERR;
        curl_multi_socket_action(multi_, event.data.fd, ready, &running);
    }
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
        if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
    }
}

}  // namespace flowrun::sqs
