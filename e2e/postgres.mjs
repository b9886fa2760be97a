// A private PostgreSQL for the fault tests, reached by a socket in a folder of its own.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { makeFolder } from './harness.mjs';

/** The folder of PostgreSQL's own programs, the newest where there are several. */
function findPrograms() {
  const debian = '/usr/lib/postgresql';
  const versions = fs.existsSync(debian) ? fs.readdirSync(debian) : [];
  const places = [
    ...(process.env.PATH ?? '').split(':').filter(Boolean),
    ...versions.sort((a, b) => b - a).map((version) => path.join(debian, version, 'bin')),
  ];
  const found = places.find((place) =>
    ['initdb', 'pg_ctl', 'psql'].every((name) => fs.existsSync(path.join(place, name))));
  assert.ok(found, 'PostgreSQL is needed and not here: apt-get install postgresql');
  return found;
}

export class Postgres {
  static start() {
    const server = new Postgres();
    server.programs = findPrograms();
    server.folder = makeFolder('postgres');
    server.asRoot = process.getuid() === 0;
    // PostgreSQL refuses to run as root.
    if (server.asRoot) execFileSync('chown', ['postgres:', server.folder]);
    server.run('initdb', ['-D', `${server.folder}/data`, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8', '--locale=C.UTF-8']);
    const options = `-k ${server.folder} -c listen_addresses=`;
    const log = `${server.folder}/log`;
    try {
      server.run('pg_ctl', ['-D', `${server.folder}/data`, '-l', log, '-o', options, '-w', '-t', '60', 'start']);
    } catch (error) {
      const told = fs.existsSync(log) ? fs.readFileSync(log, 'utf8') : '';
      error.message += `\nPostgreSQL did not start:\n${told}`;
      throw error;
    }
    server.databases = 0;
    process.on('exit', () => server.stop());
    return server;
  }

  run(program, args) {
    const command = [path.join(this.programs, program), ...args];
    if (this.asRoot) command.unshift('runuser', '-u', 'postgres', '--');
    return execFileSync(command[0], command.slice(1), { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** The address of a new, empty database. */
  makeDatabase() {
    this.databases += 1;
    const name = `dfg_${this.databases}`;
    this.run('psql', ['-h', this.folder, '-U', 'postgres', '-q', '-c', `CREATE DATABASE ${name}`]);
    return `postgres://postgres@localhost/${name}?host=${encodeURIComponent(this.folder)}`;
  }

  stop() {
    if (this.stopped) return;
    this.stopped = true;
    this.run('pg_ctl', ['-D', `${this.folder}/data`, '-m', 'immediate', '-w', 'stop']);
  }
}
