/** The body as text; an error when it has more than most bytes, or is no UTF-8. */
export declare function limited(response: Response, most: number): Promise<string>;
