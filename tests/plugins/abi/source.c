/* run: sleep, wait_fd, now, wall, deadline, stopping. */
#define _POSIX_C_SOURCE 200809L
#include "abi.h"

#include <unistd.h>

/* abi.source: sends {"step": name, "status": n} for each thing that it tries, then sleeps until it is stopped when
 * `forever` is set. */
static int32_t step(const flowrun_host* host, flowrun_call* call, const char* name, int64_t status) {
    const flowrun_values* v = host->values;
    flowrun_builder* b = v->builder_new();
    v->build_map(b);
    put_text(v, b, "step", name, strlen(name));
    put_int(v, b, "status", status);
    v->build_end(b);
    const int32_t sent = host->emit(call, 0, v->build_finish(b));
    v->builder_free(b);
    return sent;
}
static void write_byte(void* user) {
    const ssize_t wrote = write(*(int*)user, "x", 1);
    (void)wrote;
}
static int32_t run(void* self, flowrun_call* call) {
    const struct node* mine = self;
    const flowrun_host* host = mine->host;
    const int64_t second = 1000000000, before = host->now();
    int ends[2];
    (void)step(host, call, "sleep", host->sleep(call, second / 100));
    (void)step(host, call, "slept", host->now() - before >= second / 100);
    (void)step(host, call, "wall", host->wall() > 0);
    (void)step(host, call, "deadline", host->deadline(call) == INT64_MAX);
    (void)step(host, call, "stopping", host->stopping(call));
    if (pipe(ends) != 0) return wrong(host, call, "no pipe");
    (void)step(host, call, "wait_fd, nothing", host->wait_fd(call, ends[0], FLOWRUN_READ, second / 100));
    (void)step(host, call, "wait_fd, writable", host->wait_fd(call, ends[1], FLOWRUN_WRITE, -1));
    flowrun_timer* timer = host->timer(mine->node, second / 100, write_byte, &ends[1]);
    (void)step(host, call, "wait_fd, readable", host->wait_fd(call, ends[0], FLOWRUN_READ, 10 * second));
    (void)step(host, call, "cancel, too late", host->timer_cancel(timer));
    timer = host->timer(mine->node, 3600 * second, write_byte, &ends[1]);
    (void)step(host, call, "cancel", host->timer_cancel(timer));
    (void)close(ends[0]);
    (void)close(ends[1]);
    const flowrun_value* forever = host->setting(call, 0);
    uint8_t yes = 0;
    if (forever) (void)host->values->as_bool(forever, &yes);
    while (yes && host->stopping(call) == FLOWRUN_OK) (void)host->sleep(call, 3600 * second);
    return host->stopping(call);
}
const flowrun_component abi_source = {
    .size = sizeof(flowrun_component),
    .flags = FLOWRUN_SOURCE | FLOWRUN_COOPERATIVE,
    .id = "abi.source",
    .summary = "Tells of waiting",
    .settings = "{\"type\": \"object\", \"properties\": {\"forever\": {\"type\": \"boolean\", \"default\": false}}}",
    .create = node_create,
    .destroy = node_destroy,
    .run = run};
