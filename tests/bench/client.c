/* SPDX-License-Identifier: MIT
 *
 * The yardstick for handing on: libcurl that posts one request again and again, nothing else.
 *
 *     client PORT PATH REQUEST CONNECTIONS COUNT
 *
 * A thread a connection, which it keeps; the headers are made once, no deadline is looked at, and
 * the answers' bodies are dropped. REQUEST is a file with a request as it was heard: its headers
 * but Host and Content-Length, which libcurl adds, and its body. Prints one line: seconds, answers,
 * those that were not 200, seconds of processor time.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/bench/spent.h"

#define REQUEST_MAX 65536
#define CONNECTIONS_MAX 64

struct job {
    char url[512];
    struct curl_slist *headers;
    const char *body;
    long body_size;
    long count;
    atomic_long begun;
    atomic_long answered;
    atomic_long other;
};

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "client: %s\n", what);
    exit(3);
}

/* ---- The request ----------------------------------------------------------------------------- */

static bool is_libcurls(const char *line)
{
    return strncasecmp(line, "Host:", 5) == 0 || strncasecmp(line, "Content-Length:", 15) == 0;
}

static void add(struct job *job, const char *line)
{
    job->headers = curl_slist_append(job->headers, line);
    if (job->headers == NULL) {
        stop("out of memory");
    }
}

/* Cuts the text into lines behind the first, and the body. */
static void read_request(struct job *job, const char *name)
{
    static char text[REQUEST_MAX + 1];
    FILE *file = fopen(name, "rb");
    size_t size = file != NULL ? fread(text, 1, REQUEST_MAX, file) : 0;
    char *end = strstr(text, "\r\n\r\n");
    if (end == NULL) {
        stop("the request can't be read");
    }
    (void) fclose(file);
    end[2] = '\0';
    for (char *at = strstr(text, "\r\n") + 2; *at != '\0';) {
        char *next = strstr(at, "\r\n");
        *next = '\0';
        if (!is_libcurls(at)) {
            add(job, at);
        }
        at = next + 2;
    }
    add(job, "Expect:");
    add(job, "Accept:");
    job->body = end + 4;
    job->body_size = (long) (text + size - job->body);
}

/* ---- A connection ---------------------------------------------------------------------------- */

static size_t drop(char *data, size_t one, size_t length, void *context)
{
    (void) data;
    (void) one;
    (void) context;
    return length;
}

static CURL *open_client(const struct job *job)
{
    CURL *curl = curl_easy_init();
    CURLcode bad = curl == NULL ? CURLE_FAILED_INIT : CURLE_OK;
    if (curl != NULL) {
        bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        bad |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
        bad |= curl_easy_setopt(curl, CURLOPT_URL, job->url);
        bad |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, job->headers);
        bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, job->body_size);
        bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, job->body);
        bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    }
    if (bad != CURLE_OK) {
        stop("libcurl can't be set up");
    }
    return curl;
}

static void *connection(void *context)
{
    struct job *job = context;
    CURL *curl = open_client(job);
    while (atomic_fetch_add(&job->begun, 1) < job->count) {
        long status = 0;
        if (curl_easy_perform(curl) != CURLE_OK) {
            stop("a request got no answer");
        }
        (void) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        atomic_fetch_add(&job->answered, 1);
        atomic_fetch_add(&job->other, status != 200);
    }
    curl_easy_cleanup(curl);
    return NULL;
}

static void run(struct job *job, size_t connections)
{
    pthread_t threads[CONNECTIONS_MAX];
    double begun = now_s(), used = cpu_s();
    for (size_t i = 0; i < connections; i++) {
        if (pthread_create(&threads[i], NULL, connection, job) != 0) {
            stop("no thread");
        }
    }
    for (size_t i = 0; i < connections; i++) {
        (void) pthread_join(threads[i], NULL);
    }
    printf("%.4f %ld %ld %.4f\n", now_s() - begun, (long) job->answered, (long) job->other,
           cpu_s() - used);
}

int main(int argc, char **argv)
{
    static struct job job;
    if (argc != 6 || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        stop("usage: client PORT PATH REQUEST CONNECTIONS COUNT");
    }
    (void) snprintf(job.url, sizeof job.url, "http://127.0.0.1:%s%s", argv[1], argv[2]);
    read_request(&job, argv[3]);
    size_t connections = strtoul(argv[4], NULL, 10);
    job.count = strtol(argv[5], NULL, 10);
    if (connections == 0 || connections > CONNECTIONS_MAX || job.count <= 0) {
        stop("a number is out of range");
    }
    run(&job, connections);
    curl_slist_free_all(job.headers);
    curl_global_cleanup();
    return 0;
}
