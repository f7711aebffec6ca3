// A durable queue by hand on JetStream, by libnats alone: p4_nats URL MESSAGES BATCH. A batch is published, each with an id
// by which it is kept once, and confirmed; then it is fetched and acked, and the last ack of it is confirmed.
#include <nats/nats.h>

#include <cstdlib>
#include <string>

#include "p4.hh"

namespace {

using bench::body, bench::die;

void must(natsStatus status) {
    if (status != NATS_OK) die(natsStatus_GetText(status));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) die("URL MESSAGES BATCH");
    const auto [messages, batch] = bench::numbers(argv + 2);
    natsConnection* connection = nullptr;
    jsCtx* js = nullptr;
    must(natsConnection_ConnectTo(&connection, argv[1]));
    must(natsConnection_JetStream(&js, connection, nullptr));
    jsStreamConfig config;
    must(jsStreamConfig_Init(&config));
    const char* subjects[] = {"bare"};
    config.Name = "bare";
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    config.Retention = js_WorkQueuePolicy;
    must(js_AddStream(nullptr, js, &config, nullptr, nullptr));
    natsSubscription* subscription = nullptr;
    must(js_PullSubscribe(&subscription, js, "bare", "bare", nullptr, nullptr, nullptr));
    const std::string run = std::to_string(static_cast<long long>(bench::now() * 1e9)) + "-";
    long sent = 0;
    jsPubOptions options;
    must(jsPubOptions_Init(&options));
    std::string id;
    const auto next = [&] {
        id = run + std::to_string(++sent);
        options.MsgId = id.c_str();
        return &options;
    };
    const double begin = bench::now();
    for (long done = 0; done < messages; done += batch) {
        if (batch == 1) {
            must(js_Publish(nullptr, js, "bare", body.data(), static_cast<int>(body.size()), next(), nullptr));
        } else {
            for (long i = 0; i < batch; ++i)
                must(js_PublishAsync(js, "bare", body.data(), static_cast<int>(body.size()), next()));
            must(js_PublishAsyncComplete(js, nullptr));
        }
        for (long taken = 0; taken < batch;) {
            natsMsgList list{};
            must(natsSubscription_Fetch(&list, subscription, static_cast<int>(batch - taken), 5000, nullptr));
            taken += list.Count;
            for (int i = 0; i < list.Count; ++i) {
                const bool last = taken == batch && i + 1 == list.Count;
                must(last ? natsMsg_AckSync(list.Msgs[i], nullptr, nullptr) : natsMsg_Ack(list.Msgs[i], nullptr));
            }
            natsMsgList_Destroy(&list);
        }
    }
    bench::report(static_cast<double>(messages), bench::now() - begin);
    natsSubscription_Destroy(subscription);
    jsCtx_Destroy(js);
    natsConnection_Destroy(connection);
    nats_Close();
}
