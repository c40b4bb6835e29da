/* SPDX-License-Identifier: MIT
 *
 * The handler sets a flag and makes an eventfd readable; nobody reads it, so that every thread that
 * sleeps in poll wakes up.
 */
#include "sender/stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

static struct stop_flag asked;
static int wake_fd = -1;

static void on_signal(int number)
{
    static const uint64_t one = 1;
    int kept = errno;
    (void) number;
    stop_flag_set(&asked);
    ssize_t put = write(wake_fd, &one, sizeof one);
    (void) put; /* the flag alone stops it too, only later */
    errno = kept;
}

bool stop_init(void)
{
    struct sigaction action = {0};
    action.sa_handler = on_signal;
    action.sa_flags = (int) SA_RESETHAND;
    (void) sigemptyset(&action.sa_mask);
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return wake_fd >= 0 && sigaction(SIGINT, &action, NULL) == 0 &&
           sigaction(SIGTERM, &action, NULL) == 0;
}

const struct stop_flag *stop_flag(void)
{
    return &asked;
}

bool stop_wait(double seconds)
{
    double end = clock_steady_s() + seconds;
    double left = seconds;
    while (!stop_flag_is_set(&asked) && left > 0) {
        struct pollfd wake = {wake_fd, POLLIN, 0};
        /* An hour at a time keeps the milliseconds within an int. */
        (void) poll(&wake, 1, left < 3600 ? (int) (left * 1000) + 1 : 3600 * 1000);
        left = end - clock_steady_s();
    }
    return stop_flag_is_set(&asked);
}
