/* SPDX-License-Identifier: MIT
 *
 * See stream_flights.h.
 */
#include "receiver/stream_flights.h"

#include <string.h>

static struct flight **bucket_of(struct flights *flights, const natsMsg *message)
{
    uintptr_t bits = (uintptr_t) message;
    return &flights->buckets[(bits >> 4 ^ bits >> 16) % FLIGHTS_BUCKETS];
}

void flights_await(struct flights *flights, struct flight *flight, natsMsg *message)
{
    struct flight **bucket = bucket_of(flights, message);
    flight->message = message;
    flight->chain = *bucket;
    *bucket = flight;
}

struct flight *flights_answered(struct flights *flights, const natsMsg *message)
{
    struct flight **at = bucket_of(flights, message);
    while (*at != NULL && (*at)->message != message) {
        at = &(*at)->chain;
    }
    struct flight *flight = *at;
    if (flight != NULL) {
        *at = flight->chain;
        flight->chain = NULL;
        flight->message = NULL;
    }
    return flight;
}

void flights_add(struct flights *flights, struct flight *flight)
{
    flight->before = flights->newest;
    *(flights->newest != NULL ? &flights->newest->after : &flights->oldest) = flight;
    flights->newest = flight;
}

void flights_remove(struct flights *flights, struct flight *flight)
{
    *(flight->before != NULL ? &flight->before->after : &flights->oldest) = flight->after;
    *(flight->after != NULL ? &flight->after->before : &flights->newest) = flight->before;
}

struct flight *flights_take(struct flights *flights)
{
    struct flight *oldest = flights->oldest;
    memset(flights, 0, sizeof(*flights));
    return oldest;
}
