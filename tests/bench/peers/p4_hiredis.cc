// A durable queue by hand on a stream of Redis, by hiredis: p4_hiredis URL MESSAGES BATCH. XADD puts a batch in, XREADGROUP takes it
// out, XACK with XDEL removes it; each is answered after it was synced, where the server is told to (appendfsync always).
#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <vector>

#include "p4.hh"

namespace {

using bench::body, bench::die;

struct Free {
    void operator()(redisContext* context) const { redisFree(context); }
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Context = std::unique_ptr<redisContext, Free>;
using Reply = std::unique_ptr<redisReply, Free>;

Reply next(const Context& context) {
    void* reply = nullptr;
    if (redisGetReply(context.get(), &reply) != REDIS_OK) die(context->errstr);
    Reply made(static_cast<redisReply*>(reply));
    if (made->type == REDIS_REPLY_ERROR) die(made->str);
    return made;
}

Context connected(const std::string& url) {
    const std::size_t host = url.find("//") + 2, colon = url.rfind(':');
    if (!url.starts_with("redis://") || colon <= host) die("redis://HOST:PORT is wanted");
    Context context(redisConnect(url.substr(host, colon - host).c_str(), std::atoi(url.c_str() + colon + 1)));
    if (context == nullptr || context->err != 0) die("cannot connect");
    return context;
}

void put(const Context& context, long batch) {
    for (long i = 0; i < batch; ++i)
        redisAppendCommand(context.get(), "XADD bench * body %b", body.data(), body.size());
    for (long i = 0; i < batch; ++i) next(context);
}

// Whether it is empty then.
long take(const Context& context, long batch) {
    redisAppendCommand(context.get(), "XREADGROUP GROUP all one COUNT %ld STREAMS bench >", batch);
    const Reply found = next(context);
    if (found->type != REDIS_REPLY_ARRAY || found->elements != 1) die("nothing to take");
    const redisReply& entries = *found->element[0]->element[1];
    std::vector<const char*> ack{"XACK", "bench", "all"}, drop{"XDEL", "bench"};
    for (std::size_t i = 0; i < entries.elements; ++i) {
        ack.push_back(entries.element[i]->element[0]->str);
        drop.push_back(ack.back());
    }
    redisAppendCommandArgv(context.get(), static_cast<int>(ack.size()), ack.data(), nullptr);
    redisAppendCommandArgv(context.get(), static_cast<int>(drop.size()), drop.data(), nullptr);
    next(context);
    next(context);
    return static_cast<long>(entries.elements);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) die("URL MESSAGES BATCH");
    const auto [messages, batch] = bench::numbers(argv + 2);
    const Context context = connected(argv[1]);
    redisAppendCommand(context.get(), "DEL bench");
    redisAppendCommand(context.get(), "XGROUP CREATE bench all 0 MKSTREAM");
    next(context);
    next(context);
    const double begin = bench::now();
    for (long done = 0; done < messages; done += batch) {
        put(context, batch);
        for (long taken = 0; taken < batch;) taken += take(context, batch - taken);
    }
    bench::report(static_cast<double>(messages), bench::now() - begin);
}
