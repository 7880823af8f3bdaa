/* What this process holds: entries of its folders in /proc, and its memory. */
#ifndef KEI_TESTS_PROCESS_H
#define KEI_TESTS_PROCESS_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int entries(const char *folder)
{
    DIR *list = opendir(folder);
    int count = 0;
    while (list && readdir(list))
        count++;
    if (list)
        closedir(list);
    return count;
}

static long resident_kib(void)
{
    long pages = 0, all;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &all, &pages) != 2)
        abort();
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

#endif
