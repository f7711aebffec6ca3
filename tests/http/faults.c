/* Preloaded into a program: makes one call of a function fail. FAULT is NAME:N: the Nth call of epoll_ctl fails with
 * ENOSPC, as where a user may watch no more, or that of curl_multi_socket_action with CURLM_OUT_OF_MEMORY, before it has
 * done anything. */
#define _GNU_SOURCE
#include <curl/curl.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

static bool is_due(const char* name, atomic_int* calls) {
    const char* const fault = getenv("FAULT");
    const size_t size = strlen(name);
    if (!fault || strncmp(fault, name, size) != 0 || fault[size] != ':') return false;
    return atomic_fetch_add(calls, 1) + 1 == atoi(fault + size + 1);
}

static void* next(const char* name) {
    void* const found = dlsym(RTLD_NEXT, name);
    return found ? found : dlsym(RTLD_DEFAULT, name);
}

int epoll_ctl(int epoll, int what, int fd, struct epoll_event* event) {
    static atomic_int calls;
    int (*real)(int, int, int, struct epoll_event*);
    *(void**)&real = next("epoll_ctl");
    if (what == EPOLL_CTL_DEL || !is_due("epoll_ctl", &calls)) return real(epoll, what, fd, event);
    errno = ENOSPC;
    return -1;
}

CURLMcode curl_multi_socket_action(CURLM* multi, curl_socket_t socket, int ready, int* running) {
    static atomic_int calls;
    static void* curl;
    CURLMcode (*real)(CURLM*, curl_socket_t, int, int*);
    /* A plugin's libcurl is not among the libraries of the program. */
    if (!curl) curl = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_NOLOAD);
    *(void**)&real = dlsym(curl, "curl_multi_socket_action");
    return is_due("curl_multi_socket_action", &calls) ? CURLM_OUT_OF_MEMORY : real(multi, socket, ready, running);
}
