#include "api.hh"

#include <flowrun/cxx/queue.hh>

#include "broker/session.hh"

namespace flowrun::nats {
namespace {

constexpr std::int64_t unavailable = 503, not_enabled = 10076, not_enabled_for_account = 10039, stream_is_other = 10058;

void make_stream(Connection& connection, const std::string& name, const std::string& subject, std::string_view queue,
                 std::string_view more, std::int64_t replicas) {
    const std::string config =
        "{\"name\":" + broker::json_text(name) + ",\"subjects\":[" + broker::json_text(subject) +
        "],\"description\":" + broker::json_text(queue) +
        ",\"storage\":\"file\",\"discard\":\"new\",\"num_replicas\":" + std::to_string(replicas) + std::string(more) +
        "}";
    const broker::Json made = ask(connection, "STREAM.CREATE." + name, config);
    const std::int64_t error = error_of(made);
    if (error != 0 && error != stream_is_other) {
        throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, "the stream " + name + " cannot be made: " + text_of_error(made)};
    }
}

}  // namespace

broker::Json answer_of(const Msg& msg) {
    auto answer = broker::Json::parse(body_of(msg));
    if (!answer || !answer->is_object()) throw broker::Lost{"an answer of JetStream that makes no sense"};
    if ((*answer)["error"]["code"].whole() == unavailable) {
        const std::int64_t error = error_of(*answer);
        throw broker::Lost{text_of_error(*answer), error != not_enabled && error != not_enabled_for_account};
    }
    return std::move(*answer);
}

std::int64_t error_of(const broker::Json& answer) {
    const broker::Json& error = answer["error"];
    if (!error.is_object()) return 0;
    const std::int64_t code = error["err_code"].whole();
    return code != 0 ? code : -1;
}

std::string text_of_error(const broker::Json& answer) {
    const std::string& text = answer["error"]["description"].text();
    return text.empty() ? "an error without a word" : text;
}

broker::Json ask(Connection& connection, const std::string& what, std::string_view body) {
    return answer_of(connection.ask("$JS.API." + what, body));
}

broker::Json call(Connection& connection, const std::string& what, std::string_view body) {
    broker::Json answer = ask(connection, what, body);
    if (error_of(answer) != 0) throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, text_of_error(answer)};
    return answer;
}

void make_streams(Connection& connection, std::string_view queue, const Names& names, std::int64_t replicas) {
    make_stream(connection, names.stream, names.subject, queue,
                ",\"retention\":\"workqueue\",\"duplicate_window\":120000000000", replicas);
    make_stream(connection, names.dead, names.dead_subject, queue, ",\"duplicate_window\":120000000000", replicas);
    make_stream(connection, names.notes, names.note_subject + ">", queue, "", replicas);
}

bool make_consumer(Connection& connection, const Names& names, std::int64_t lease) {
    const std::string name = names.stream + "." + std::string(consumer);
    const broker::Json before = ask(connection, "CONSUMER.INFO." + name, "");
    const std::int64_t was = before["config"]["ack_wait"].whole();
    if (error_of(before) == 0 && was == lease) return false;
    call(connection, "CONSUMER.DURABLE.CREATE." + name,
         "{\"stream_name\":" + broker::json_text(names.stream) + ",\"config\":{\"durable_name\":\"" +
             std::string(consumer) + "\",\"ack_policy\":\"explicit\",\"deliver_policy\":\"all\",\"max_deliver\":-1," +
             "\"max_ack_pending\":-1,\"replay_policy\":\"instant\",\"ack_wait\":" + std::to_string(lease) + "}}");
    return error_of(before) == 0;
}

}  // namespace flowrun::nats
