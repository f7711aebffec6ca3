// A durable queue by hand in SQS, by libcurl alone, over one connection that is kept: p4_sqs URL MESSAGES BATCH, the URL as sqs.so takes it. A batch is
// sent, ten messages a request, then it is received and deleted likewise.
#include <curl/curl.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "p4.hh"

namespace {

using bench::body, bench::die;

class Client {
public:
    explicit Client(const char* endpoint) : easy_(curl_easy_init()) {
        curl_easy_setopt(easy_, CURLOPT_URL, endpoint);
        curl_easy_setopt(easy_, CURLOPT_AWS_SIGV4, "aws:amz:us-east-1:sqs");
        curl_easy_setopt(easy_, CURLOPT_USERPWD, "test:test");
        curl_easy_setopt(easy_, CURLOPT_WRITEDATA, static_cast<void*>(&answer_));
        curl_easy_setopt(
            easy_, CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t, std::size_t size, void* to) {
                static_cast<std::string*>(to)->append(data, size);
                return size;
            });
    }
    const std::string& ask(const std::string& action, const std::string& text) {
        curl_slist* headers = curl_slist_append(nullptr, ("X-Amz-Target: AmazonSQS." + action).c_str());
        headers = curl_slist_append(headers, "Content-Type: application/x-amz-json-1.0");
        headers = curl_slist_append(headers, "Expect:");
        curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE, static_cast<long>(text.size()));
        curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, text.data());
        answer_.clear();
        if (curl_easy_perform(easy_) != CURLE_OK) die("no answer");
        curl_slist_free_all(headers);
        return answer_;
    }

private:
    CURL* const easy_;
    std::string answer_;
};

// All texts that this member has anywhere.
std::vector<std::string> all(std::string_view answer, std::string_view member) {
    const std::string begin = "\"" + std::string(member) + "\":\"";
    std::vector<std::string> found;
    for (std::size_t at = answer.find(begin); at != answer.npos; at = answer.find(begin, at)) {
        at += begin.size();
        found.emplace_back(answer.substr(at, answer.find('"', at) - at));
    }
    return found;
}

std::string escaped() {
    std::string made;
    for (const char c : body) {
        if (c == '"') made += '\\';
        made += c;
    }
    return made;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) die("URL MESSAGES BATCH");
    const auto [messages, batch] = bench::numbers(argv + 2);
    const std::string_view url_given = argv[1];
    const std::size_t endpoint = url_given.find("endpoint=");
    if (endpoint == url_given.npos) die("the URL has no endpoint");
    Client client(argv[1] + endpoint + 9);
    const std::string url = all(client.ask("CreateQueue", R"({"QueueName":"bare"})"), "QueueUrl").at(0);
    const std::string head = "{\"QueueUrl\":\"" + url + "\",", text = escaped();
    const double begin = bench::now();
    for (long done = 0; done < messages; done += batch) {
        for (long sent = 0; sent < batch;) {
            std::string request = head + "\"Entries\":[";
            const long n = std::min(10L, batch - sent);
            for (long i = 0; i < n; ++i)
                request +=
                    (i == 0 ? "{\"Id\":\"" : ",{\"Id\":\"") + std::to_string(i) + R"(","MessageBody":")" + text + "\"}";
            if (all(client.ask("SendMessageBatch", request + "]}"), "MessageId").size() != static_cast<std::size_t>(n))
                die("not all were sent");
            sent += n;
        }
        for (long taken = 0; taken < batch;) {
            const auto receipts =
                all(client.ask("ReceiveMessage", head + R"("MaxNumberOfMessages":10,"WaitTimeSeconds":20})"),
                    "ReceiptHandle");
            if (receipts.empty()) continue;
            std::string request = head + "\"Entries\":[";
            for (std::size_t i = 0; i < receipts.size(); ++i)
                request += (i == 0 ? "{\"Id\":\"" : ",{\"Id\":\"") + std::to_string(i) + R"(","ReceiptHandle":")" +
                           receipts[i] + "\"}";
            client.ask("DeleteMessageBatch", request + "]}");
            taken += static_cast<long>(receipts.size());
        }
    }
    bench::report(static_cast<double>(messages), bench::now() - begin);
}
