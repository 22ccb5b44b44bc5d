import assert from 'node:assert/strict';
import { test } from 'node:test';

import { demandsOf, implies, isComplete, overlap } from './when-relations.ts';
import type { WhenConfig } from './when.ts';

const is = (...texts: string[]): { kind: 'is'; texts: string[] } => ({ kind: 'is', texts });

function implied(narrow: WhenConfig | undefined, wide: WhenConfig | undefined): boolean {
  return implies(demandsOf(narrow), demandsOf(wide));
}

function overlapping(one: WhenConfig, other: WhenConfig): boolean {
  const [left, right] = [demandsOf(one), demandsOf(other)];
  assert.equal(overlap(left, right), overlap(right, left));
  return overlap(left, right);
}

test('what asks for more implies what asks for less', () => {
  assert.equal(implied({ method: ['GET'] }, undefined), true);
  assert.equal(implied(undefined, { method: ['GET'] }), false);
  assert.equal(implied({ method: ['GET'], scheme: 'https' }, { method: ['GET', 'HEAD'] }), true);
  assert.equal(implied({ method: ['GET', 'PUT'] }, { method: ['GET', 'HEAD'] }), false);
  assert.equal(implied({ header: { 'X-A': is('1') } }, { header: { 'x-a': is('1', '2') } }), true);
  assert.equal(implied({ header: { 'x-a': is('1') } }, { header: { 'x-a': { kind: 'present' } } }), true);
  assert.equal(implied({ header: { 'x-a': false } }, { header: { 'x-a': { kind: 'present' } } }), false);
  assert.equal(implied({ header: { 'x-a': is('1') } }, { query: { 'x-a': is('1') } }), false);
  assert.equal(implied({ not: { method: ['GET'] } }, { not: { method: ['GET', 'PUT'] } }), false);
  assert.equal(implied({ any: [{ method: ['GET'] }] }, { any: [{ method: ['GET'] }, { method: ['PUT'] }] }), false);
});

test('what asks for different things overlaps; what may exclude each other is not said to', () => {
  assert.equal(overlapping({ method: ['GET'] }, { header: { 'x-a': is('1') } }), true);
  assert.equal(overlapping({ method: ['GET', 'PUT'] }, { method: ['PUT', 'POST'] }), true);
  assert.equal(overlapping({ method: ['GET'] }, { method: ['POST'] }), false);
  assert.equal(overlapping({ query: { v: is('1') } }, { query: { v: is('2') } }), false);
  assert.equal(overlapping({ query: { v: is('1') } }, { query: { v: false } }), false);
  assert.equal(overlapping({ method: ['GET'] }, { path: is('/a') }), false);
  assert.equal(overlapping({ method: ['GET'] }, { not: { method: ['GET'] } }), false);
  assert.equal(overlapping({ address: ['10.0.0.0/8'] }, { address: ['10.1.0.0/16'] }), false);
});

test('what has a part that could not be read is not complete', () => {
  assert.equal(isComplete({ header: { a: is('1') } }), true);
  assert.equal(isComplete({ header: { a: undefined } }), false);
  assert.equal(isComplete(undefined), false);
});
