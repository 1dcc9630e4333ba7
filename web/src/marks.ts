// Points and dashes: with them a figure can be read without colour.
import type { Origin } from "./study";

export const dashes: Record<Origin, number[]> = { measured: [], simulated: [8, 5], formula: [2, 4] };

/** Adds the outline of a world's point to the path; worlds that measure have full points, simulations open ones. */
export function pointPath(world: string, x: number, y: number, r: number): Path2D {
  const path = new Path2D();
  if (world === "threads" || world === "sim") {
    path.arc(x, y, r, 0, 2 * Math.PI);
  } else if (world === "tcp") {
    path.rect(x - r * 0.9, y - r * 0.9, 1.8 * r, 1.8 * r);
  } else if (world === "mpi") {
    path.moveTo(x, y - 1.2 * r);
    path.lineTo(x + 1.1 * r, y + 0.8 * r);
    path.lineTo(x - 1.1 * r, y + 0.8 * r);
    path.closePath();
  } else {
    path.moveTo(x, y - 1.25 * r);
    path.lineTo(x + 1.25 * r, y);
    path.lineTo(x, y + 1.25 * r);
    path.lineTo(x - 1.25 * r, y);
    path.closePath();
  }
  return path;
}

export const isOpen = (world: string): boolean => world === "sim";

/** Black of the palette is not to be seen on a dark page. */
export const onPage = (colour: string, isDark: boolean): string =>
  isDark ? ({ "#000000": "#ffffff", "#606060": "#a8a8a8", "#0072B2": "#4aa8e0" }[colour] ?? colour) : colour;
