"""Draws docs/growth.png from what scripts/performance-tables measured.

usage: plots.py RESULTS PICTURE
"""

import json
import pathlib
import sys

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import FuncFormatter, NullFormatter  # noqa: E402

TITLES = {'flows': 'TLS connections open at one time', 'hosts': 'client hosts', 'rules': 'provider rules'}
# What the default memory has room for, where a series passes it.
BOUNDS = {'flows': (393_216, '393,216 flows:\nroom in 256 MB'), 'hosts': (24_576, '24,576 hosts:\nroom in 256 MB')}
LINES = {'default': ('gnomon analyze (256 MB of memory allowed)', '#1f5fa8', 'o'), 'large': ('gnomon analyze --memory 1024', '#c2571a', 's'),
         'bare': ('bare libpcap loop', '#707070', '^')}


def main():
    results, picture = json.loads(pathlib.Path(sys.argv[1]).read_text()), sys.argv[2]
    plt.rcParams.update({'font.size': 10, 'axes.spines.top': False, 'axes.spines.right': False})
    figure, axes = plt.subplots(2, 3, figsize=(13, 7.4), layout='constrained', sharex='col', sharey='row')
    for column, (series, title) in enumerate(TITLES.items()):
        points = results[series]
        draw(axes[0][column], points, 'ns')
        draw(axes[1][column], points, 'peak')
        axes[0][column].set_title(f'growing: {title}', fontsize=11)
        axes[1][column].set_xlabel(f'{title} (log scale)')
        axes[1][column].set_xscale('log')
        for number, row in enumerate(axes):
            mark(row[column], points, BOUNDS.get(series), with_text=number == 0)
    axes[0][0].set_ylabel('CPU a packet (ns, user + system)')
    axes[1][0].set_ylabel('peak memory (MiB)')
    handles = {label: handle for row in axes for axis in row for handle, label in zip(*axis.get_legend_handles_labels())}
    figure.legend(handles.values(), handles.keys(), loc='outside lower center', ncols=3, frameon=False)
    figure.suptitle('gnomon: CPU a packet and peak memory as one thing grows and the packets stay the same', fontsize=13)
    figure.savefig(picture, dpi=110)


def draw(axis, points, figure):
    for program, (label, colour, marker) in LINES.items():
        there = [(point['value'], point[program][figure]) for point in points if program in point]
        if there:
            axis.plot(*zip(*there), label=label, color=colour, marker=marker, linewidth=1.8, markersize=5)
    axis.set_ylim(bottom=0)
    axis.grid(axis='y', color='#dddddd', linewidth=0.7)


def mark(axis, points, bound, with_text):
    axis.set_xticks([point['value'] for point in points if str(point['value']).strip('0') == '1'])
    axis.xaxis.set_major_formatter(FuncFormatter(short))
    axis.xaxis.set_minor_formatter(NullFormatter())
    if bound:
        value, text = bound
        axis.axvline(value, color='#aa3333', linestyle='--', linewidth=1)
        if with_text:
            axis.annotate(text, (value, 0.36), (-5, 0), xycoords=axis.get_xaxis_transform(), textcoords='offset points', ha='right',
                          color='#aa3333', fontsize=8.5)


def short(value, _):
    return f'{value / 1e6:g} M' if value >= 1e6 else f'{value / 1e3:g} k' if value >= 1e3 else f'{value:g}'


main()
