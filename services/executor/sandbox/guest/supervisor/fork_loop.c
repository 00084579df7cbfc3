/* Forks the candidates and checkers of a session, one after another, without running Python in the session supervisor.

Python writes to a page of memory whenever it uses an object in it: reference counts. After a fork each such page is
copied, and a huge page is split into 512 small ones. Here nothing is written but the stack and the fields below, so the
supervisor's memory stays in huge pages. A fork then copies, and the end of a process removes, a fraction of the entries
of the page table.

Does only what `session_supervisor.py`, `candidates.py`, `namespaces.py` and `confine.py` do in Python, which say why. Keep
them equal. The only caller is `fork_loop.py`. Plain C without Python's headers: one library serves all interpreters. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SCRATCH "/tmp"
#define SCRATCH_FLAGS (MS_NOSUID | MS_NODEV)
#define MAX_DESCRIPTORS 4

enum { SERVED, IN_CANDIDATE, IN_CHECKER, LEFT_TO_PYTHON, FAILED };

/* The fields of `fork_loop._Fields`, in their order. */
struct fields {
    /* Set by Python: descriptors and their numbers, */
    int32_t control, orders, compiler_client, own_pid_namespace, own_mounts, own_ipc;
    int32_t channel, wakeup, descriptors_end, unconfined;
    /* limits of candidates, */
    int32_t uid; /* -1: that of the supervisor */
    uint64_t address_space_bytes, cpu_s, processes;
    /* and what remains. */
    const struct sock_filter *filter;
    uint64_t filter_length;
    const char *scratch_options; /* for mount */
    double python_renews_at_s;   /* of CLOCK_MONOTONIC: from then on, Python starts the next checker */
    char fork, fork_script, kill, renew, checker_end; /* messages */
    int32_t compiler;            /* pid */
    /* Read and changed by both. */
    int32_t candidate, checker;  /* pids; 0: none */
    int32_t is_scratch_mounted;
    /* Set here. */
    int32_t checker_descriptors[3]; /* of a new checker: those to worker, supervisor and compiler */
    int32_t error;               /* errno of the call that failed */
    const char *failed;          /* what it was to do */
};

#define TRY(call, action) \
    if ((call) < 0) { \
        fields->error = errno; \
        fields->failed = action; \
        return FAILED; \
    }

/* For new candidates: no program runs that is not confined. */
#define MUST(call) if ((call) < 0) exit_unconfined(fields)

const char *fork_loop_sources(void) { return SOURCES; } /* a hash that the build passes */
unsigned long fork_loop_fields_bytes(void) { return sizeof(struct fields); }

static double seconds(clockid_t clock)
{
    struct timespec now;
    return clock_gettime(clock, &now) ? 0 : now.tv_sec + now.tv_nsec * 1e-9;
}

static double cpu_of(int32_t pid)
{
    return pid ? seconds((clockid_t)((~(uint32_t)pid << 3) | 2)) : 0;
}

/* Scratch */

static struct scratch {
    uint64_t last_inode; /* number of the last file that was created in it */
    uint64_t mode, uid, gid;
    struct timespec times[3];
} scratch;
static int is_scratch_known;

static int look_at_scratch(struct scratch *state)
{
    struct stat file = {0}, root = {0};
    int descriptor = open(SCRATCH, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return -1;
    int result = fstat(descriptor, &file) < 0 || stat(SCRATCH, &root) < 0 ? -1 : 0;
    close(descriptor);
    *state = (struct scratch){
        file.st_ino, root.st_mode, root.st_uid, root.st_gid, {root.st_atim, root.st_mtim, root.st_ctim}};
    return result;
}

static int is_scratch_unused(void)
{
    struct scratch last = scratch;
    if (!is_scratch_known || chdir("/") < 0 || umount2(SCRATCH, MNT_EXPIRE) == 0 || errno != EAGAIN)
        return 0; /* EBUSY: a descriptor of it is left, in a message that was not received */
    last.last_inode++;
    return look_at_scratch(&scratch) == 0 && memcmp(&scratch, &last, sizeof last) == 0;
}

/* Candidates */

/* End a new candidate that could not be confined. Its exit status would show nothing: programs choose theirs. */
static void exit_unconfined(const struct fields *fields)
{
    uint64_t error = errno ? errno : EPERM;
    (void)!write(fields->unconfined, &error, sizeof error);
    _exit(1);
}

/* Return the wait status of a candidate that had ended by itself, else 0; -1, with errno, if it was not confined. */
static int32_t end_candidate(struct fields *fields)
{
    uint64_t error;
    int32_t pid = fields->candidate;
    int status = 0;
    fields->candidate = 0;
    if (!pid)
        return 0;
    if (waitpid(pid, &status, WNOHANG) != pid) {
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
            status = 0;
    }
    if (status && read(fields->unconfined, &error, sizeof error) == sizeof error) {
        errno = error;
        return -1;
    }
    return status;
}

/* Confine the calling process, a new candidate. What it tells a failure by is closed last. */
static void confine(const struct fields *fields, const int *descriptors, int count)
{
    const struct { int name; uint64_t value; } limits[] = {
        {RLIMIT_AS, fields->address_space_bytes}, {RLIMIT_CPU, fields->cpu_s}, {RLIMIT_NPROC, fields->processes}};
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2] = {{0}};
    struct sock_fprog filter = {fields->filter_length, (struct sock_filter *)fields->filter};
    uid_t id = fields->uid;
    if (count < 2 || descriptors[0] != fields->channel || descriptors[1] != fields->wakeup)
        exit_unconfined(fields); /* a stray descriptor may be open */
    int null = open("/dev/null", O_RDWR); /* flags and locks of a shared one outlive a process */
    for (int n = 0; n < 3; n++)
        MUST(dup2(null, n));
    MUST(close(null));
    for (int n = 2; n < count; n++) {
        MUST(dup2(descriptors[n], n - 1));
        MUST(close(descriptors[n]));
    }
    for (unsigned n = 0; n < sizeof limits / sizeof *limits; n++)
        MUST(setrlimit(limits[n].name, &(struct rlimit){limits[n].value, limits[n].value}));
    if (fields->uid >= 0) {
        MUST(setresgid(id, id, id));
        MUST(setresuid(id, id, id));
    }
    MUST(syscall(SYS_capset, &header, none));
    if (fields->uid < 0)
        MUST(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
    MUST(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0));
    MUST(syscall(SYS_close_range, fields->control, fields->descriptors_end, 0));
}

static int fork_candidate(struct fields *fields, const int *descriptors, int count)
{
    TRY(unshare(CLONE_NEWPID), "namespaces of a program");
    if (!is_scratch_unused()) {
        is_scratch_known = 0;
        if (fields->is_scratch_mounted)
            TRY(umount2(SCRATCH, MNT_DETACH), "unmount scratch");
        fields->is_scratch_mounted = 0;
        TRY(mount("tmpfs", SCRATCH, "tmpfs", SCRATCH_FLAGS, fields->scratch_options), "mount scratch");
        fields->is_scratch_mounted = 1;
        TRY(look_at_scratch(&scratch), "look at scratch");
        is_scratch_known = 1;
    }
    TRY(chdir(SCRATCH), "enter scratch");
    pid_t pid = fork();
    if (pid == 0) {
        confine(fields, descriptors, count);
        return IN_CANDIDATE;
    }
    TRY(pid, "fork");
    fields->candidate = pid;
    TRY(setns(fields->own_pid_namespace, CLONE_NEWPID), "return to own pid namespace");
    return SERVED;
}

/* Checkers */

static int renew_checker(struct fields *fields, int channel)
{
    int pair[2];
    TRY(end_candidate(fields), "confine a program");
    if (fields->checker > 0) {
        kill(fields->checker, SIGKILL);
        waitpid(fields->checker, NULL, 0);
        fields->checker = 0;
    }
    TRY(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), "open orders");
    int client = dup(fields->compiler_client);
    TRY(client, "open the compiler's channel");
    TRY(unshare(CLONE_NEWNS | CLONE_NEWIPC), "new namespaces");
    if (fields->is_scratch_mounted)
        TRY(umount2(SCRATCH, MNT_DETACH), "unmount the scratch of programs");
    TRY(mount("tmpfs", SCRATCH, "tmpfs", SCRATCH_FLAGS, fields->scratch_options), "mount scratch");
    TRY(chdir(SCRATCH), "enter scratch");
    pid_t pid = fork();
    if (pid == 0) {
        int32_t descriptors[] = {channel, pair[1], client};
        memcpy(fields->checker_descriptors, descriptors, sizeof descriptors);
        return IN_CHECKER;
    }
    TRY(pid, "fork");
    fields->checker = pid;
    TRY(setns(fields->own_mounts, CLONE_NEWNS), "return to own mount namespace");
    TRY(setns(fields->own_ipc, CLONE_NEWIPC), "return to own ipc namespace");
    TRY(dup2(pair[0], fields->orders), "open orders");
    TRY(syscall(SYS_close_range, fields->channel, fields->control - 1, 0), "close descriptors");
    return SERVED;
}

/* Messages: each is one byte, with descriptors or without. */

/* Return the next message without receiving it; -1 if there is none. */
static int peek(int source)
{
    char byte;
    return recv(source, &byte, 1, MSG_PEEK) == 1 ? byte : -1;
}

/* Receive a message; return the number of its descriptors, or -1. */
static int receive(int source, int *descriptors)
{
    char byte;
    union { struct cmsghdr header; char bytes[CMSG_SPACE(MAX_DESCRIPTORS * sizeof(int))]; } ancillary;
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &ancillary, .msg_controllen = sizeof ancillary};
    if (recvmsg(source, &message, 0) != 1)
        return -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_type != SCM_RIGHTS)
        return 0;
    int count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(descriptors, CMSG_DATA(header), count * sizeof(int));
    return count;
}

static int answer_worker(struct fields *fields)
{
    int descriptors[MAX_DESCRIPTORS], message = peek(fields->control);
    if (message < 0 || message == fields->checker_end
        || (message == fields->renew && seconds(CLOCK_MONOTONIC) >= fields->python_renews_at_s))
        return LEFT_TO_PYTHON;
    int count = receive(fields->control, descriptors);
    TRY(count, "receive from the worker");
    if (message == fields->renew && count == 1)
        return renew_checker(fields, descriptors[0]);
    double cpu_s[] = {cpu_of(fields->checker), cpu_of(fields->candidate) + cpu_of(fields->compiler)};
    TRY(send(fields->control, cpu_s, sizeof cpu_s, MSG_NOSIGNAL), "answer the worker");
    return SERVED;
}

static int carry_out_order(struct fields *fields)
{
    int descriptors[MAX_DESCRIPTORS], order = peek(fields->orders), count;
    if (order != fields->kill && order != fields->fork && order != fields->fork_script)
        return LEFT_TO_PYTHON;
    TRY(count = receive(fields->orders, descriptors), "receive an order");
    int32_t answer;
    TRY(answer = end_candidate(fields), "confine a program");
    if (order != fields->kill) {
        int result = fork_candidate(fields, descriptors, count);
        if (result != SERVED)
            return result;
        for (int n = 0; n < count; n++)
            close(descriptors[n]);
        answer = fields->candidate;
    }
    return send(fields->orders, &answer, sizeof answer, MSG_NOSIGNAL) < 0 ? LEFT_TO_PYTHON : SERVED;
}

/* Serve worker and checker. Returns in a new candidate or checker, when Python is to handle what comes next, or where a
call failed. */
int fork_loop_serve(struct fields *fields)
{
    struct pollfd sources[] = {{fields->control, POLLIN, 0}, {fields->orders, POLLIN, 0}};
    int result = SERVED;
    is_scratch_known = 0; /* Python may have used it */
    while (result == SERVED) {
        if (poll(sources, 2, -1) < 0)
            return LEFT_TO_PYTHON;
        if (sources[0].revents)
            result = answer_worker(fields);
        else if (sources[1].revents)
            result = carry_out_order(fields);
    }
    return result;
}
