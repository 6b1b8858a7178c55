/** What the parts of a card share: the clients, what is open over it, what the API knows of the vehicle in it. */
import { signal } from '@preact/signals';
import { CommandsApi } from '../api/commandsHttp';
import type { Vehicle } from '../api/shapes';
import { api } from './app';

export const commandsApi = new CommandsApi(api.line);

/** What the API knows beyond the live columns; of the vehicle in the card only. */
export const detail = signal<Vehicle | null>(null);

/** How many waybills are aboard; null: not told yet, or nobody may see them. */
export const aboard = signal<number | null>(null);

/** What is open over the card. */
export const cardDialog = signal<'share' | 'driver' | null>(null);

/** Who drives a trip, in full, once somebody asked for it and said why. */
export const driverInFull = signal<{ readonly trip: string; readonly name: string } | null>(null);

/** Grows when the person wants to write: the part unfolds and takes the keyboard. */
export const wantsToWrite = signal(0);
