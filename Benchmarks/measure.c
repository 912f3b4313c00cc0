/* Runs a command and writes down what it cost.
 *
 *     measure RESULT COMMAND [ARGUMENT…]      writes: USER_SECONDS SYSTEM_SECONDS PEAK_KIB EXIT_STATUS WALL_SECONDS
 *
 * A program of its own because Linux lets a process begin with the peak memory of the one that started it: a
 * scripting language's 10 MiB would hide the peak of anything smaller.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static double seconds(struct timeval time) { return time.tv_sec + time.tv_usec / 1e6; }

int main(int argument_count, char **arguments) {
  if (argument_count < 3) {
    fprintf(stderr, "usage: measure RESULT COMMAND [ARGUMENT...]\n");
    return 64;
  }
  struct timeval begin, end;
  gettimeofday(&begin, NULL);
  pid_t child = fork();
  if (child == 0) {
    execvp(arguments[2], arguments + 2);
    perror(arguments[2]);
    _exit(127);
  }
  int status;
  struct rusage usage;
  if (child < 0 || wait4(child, &status, 0, &usage) < 0) {
    perror("measure");
    return 1;
  }
  gettimeofday(&end, NULL);
  FILE *result = fopen(arguments[1], "w");
  if (result == NULL) {
    perror(arguments[1]);
    return 1;
  }
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  fprintf(result, "%.6f %.6f %ld %d %.6f\n", seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss, code,
          seconds(end) - seconds(begin));
  return fclose(result) != 0;
}
