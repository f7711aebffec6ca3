/* kafka-mock: a Kafka cluster of one broker, as librdkafka brings it for tests (rdkafka_mock.h), in a process of its own.
 *
 * Prints "address HOST:PORT" when it answers there; the kernel chooses the port. It lives until it is killed, and reads what it
 * is to do from standard input, a line each, which it answers with "done" or "failed":
 *
 *   topic NAME PARTITIONS    makes a topic; one that is asked for and not there has four partitions
 *   down                     closes all connections and takes no new one
 *   up                       takes them again
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int obey(rd_kafka_mock_cluster_t* cluster, const char* line) {
    char name[256];
    int partitions = 0;
    if (sscanf(line, "topic %255s %d", name, &partitions) == 2)
        return rd_kafka_mock_topic_create(cluster, name, partitions, 1) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (strcmp(line, "down\n") == 0) return rd_kafka_mock_broker_set_down(cluster, -1) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (strcmp(line, "up\n") == 0) return rd_kafka_mock_broker_set_up(cluster, -1) == RD_KAFKA_RESP_ERR_NO_ERROR;
    return 0;
}

int main(void) {
    char why[512], line[512];
    rd_kafka_t* const keeper = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof why);
    if (keeper == NULL) {
        fprintf(stderr, "kafka-mock: %s\n", why);
        return 1;
    }
    rd_kafka_mock_cluster_t* const cluster = rd_kafka_mock_cluster_new(keeper, 1);
    if (cluster == NULL) {
        fprintf(stderr, "kafka-mock: the cluster does not start\n");
        return 1;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("address %s\n", rd_kafka_mock_cluster_bootstraps(cluster));
    while (fgets(line, sizeof line, stdin) != NULL) puts(obey(cluster, line) ? "done" : "failed");
    for (;;) pause();
}
